"""Breaking changes between two AsyncAPI documents, each shown by a frame that breaks."""

from chanx.asyncapi.diffing.change import Change, Level, Verdict
from chanx.asyncapi.diffing.documents import diff

__all__ = ["Change", "Level", "Verdict", "diff"]
