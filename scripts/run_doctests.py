"""Run the examples in docstrings: ``python scripts/run_doctests.py chanx-core``.

In a process of its own, since examples register layers and Django is set up once in a process.
pytest's own collection imports modules by their files, which does not suit a shared namespace.
"""

import doctest
import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

PACKAGES = Path(__file__).resolve().parent.parent / "packages"


def modules_with_examples(distribution: str) -> Iterator[str]:
    source = PACKAGES / distribution / "src"
    for path in sorted(source.glob("chanx/**/*.py")):
        if ">>> " in path.read_text("utf-8"):
            name = ".".join(path.relative_to(source).with_suffix("").parts)
            yield name.removesuffix(".__init__")


def set_up_django() -> None:
    """Django's models and views can be imported in a configured project only."""
    import django
    from django.conf import settings

    apps = ["django.contrib.auth", "django.contrib.contenttypes", "rest_framework"]
    settings.configure(INSTALLED_APPS=[*apps, "chanx.ext.channels"])
    django.setup()


def main(distributions: list[str]) -> int:
    failures = examples = 0
    for distribution in distributions:
        if distribution == "chanx-django":
            set_up_django()
        for name in modules_with_examples(distribution):
            finder = doctest.DocTestFinder(exclude_empty=True)
            module = importlib.import_module(name)
            runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
            for test in finder.find(module, name):
                failed, attempted = runner.run(test)
                failures += failed
                examples += attempted
    print(f"{examples} examples, {failures} of them failed")
    return min(failures, 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
