"""The examples in the docstrings run."""

import doctest
import importlib
import pkgutil

import pytest

from chanx.ext import channels

MODULES = [
    module.name for module in pkgutil.walk_packages(channels.__path__, f"{channels.__name__}.")
]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_run(name: str) -> None:
    module = importlib.import_module(name)
    assert doctest.testmod(module).failed == 0
