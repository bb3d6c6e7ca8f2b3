"""``python -m chanx.cli``, where the script ``chanx`` is not on the path."""

import sys

from chanx.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
