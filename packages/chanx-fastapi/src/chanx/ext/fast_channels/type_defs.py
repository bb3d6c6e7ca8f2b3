"""Types of what the AsyncAPI endpoints are given."""

from chanx.asyncapi import AsyncAPIConfig

__all__ = ["AsyncAPIConfig"]
