"""The examples in the docstrings run."""

import doctest
import importlib
import pkgutil

import pytest

from chanx.ext import fast_channels

MODULES = [module.name for module in pkgutil.iter_modules(fast_channels.__path__)]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_run(name: str) -> None:
    module = importlib.import_module(f"{fast_channels.__name__}.{name}")
    assert doctest.testmod(module).failed == 0
