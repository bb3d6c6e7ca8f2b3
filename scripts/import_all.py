"""Import every module of installed distributions: ``python scripts/import_all.py chanx-core``.

Modules are taken from the list of installed files, since ``pkgutil.walk_packages`` does not enter a
namespace such as ``chanx.ext``. Prints each module that cannot be imported, with the reason, and
fails if there is one.
"""

import importlib
import sys
from collections.abc import Iterator
from importlib.metadata import files
from importlib.util import find_spec


def modules(distribution: str) -> Iterator[str]:
    for file in files(distribution) or ():
        if file.suffix == ".py" and file.parts[0] == "chanx":
            yield ".".join(file.with_suffix("").parts).removesuffix(".__init__")


def set_up_django() -> None:
    """Django's models and views can be imported in a configured project only."""
    import django
    from django.conf import settings

    settings.configure(
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "rest_framework",
            "chanx.ext.channels",
        ]
    )
    django.setup()


def main(distributions: list[str]) -> int:
    if find_spec("django"):
        set_up_django()
    failures = 0
    for module in sorted(name for row in distributions for name in modules(row)):
        try:
            importlib.import_module(module)
        except ImportError as error:
            print(f"{module}: {error}")
            failures += 1
    return failures


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
