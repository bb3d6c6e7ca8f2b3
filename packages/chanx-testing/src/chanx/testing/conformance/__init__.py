"""Holds servers against their AsyncAPI documents, and shows the frame that is not as it says.

``pytest --chanx-document app.main:app``, or ``test_conformance = suite(app)`` in a file of tests.
"""

from chanx.testing.conformance.cases import Case
from chanx.testing.conformance.checks import (
    CHECKS,
    Check,
    ConformanceError,
    ConformanceWarning,
)
from chanx.testing.conformance.described import Described, described
from chanx.testing.conformance.hooks import Hooks
from chanx.testing.conformance.opening import Opening, Place
from chanx.testing.conformance.plan import Plan, load_document
from chanx.testing.conformance.suite import suite

__all__ = [
    "CHECKS",
    "Case",
    "Check",
    "ConformanceError",
    "ConformanceWarning",
    "Described",
    "Hooks",
    "Opening",
    "Place",
    "Plan",
    "described",
    "load_document",
    "suite",
]
