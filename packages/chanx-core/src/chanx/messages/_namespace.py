"""The namespace ``chanx`` (PEP 420), which no distribution may turn into a regular package.

Several distributions share it, so none of them has a ``chanx/__init__.py``. The distribution named
``chanx`` is another project and has one: in one environment the two overwrite each other's modules.
"""

import sys


def require_namespace() -> None:
    """Refuse to run beside a foreign ``chanx/__init__.py``.

    Raises:
        ImportError: There is one; the text says how to repair the environment.
    """
    foreign = getattr(sys.modules["chanx"], "__file__", None)  # a namespace has no file
    # At import of the first module of ours, since what follows is worse: whichever distribution was
    # installed last decides which of the two is imported, module by module.
    if foreign is not None:
        raise ImportError(
            f"{foreign} comes from the distribution 'chanx', another project that cannot be "
            "installed beside chanx-core. Fix: pip uninstall chanx, then pip install "
            "--force-reinstall chanx-core and the other chanx-* distributions you use: "
            "the two projects overwrite each other's files.",
            name="chanx",
            path=foreign,
        )
