# SPDX-License-Identifier: 0BSD
"""What the models of messages have in common."""

from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict


class Model(BaseModel):
    """An object that is received; what it has beyond is left out.

    Attributes:
        always: Fields that have one value only, which are sent though nobody sets them.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(
        extra="ignore",
        populate_by_name=True,
        protected_namespaces=(),
        serialize_by_alias=True,
    )
    always: ClassVar[tuple[str, ...]] = ()

    def model_post_init(self, context: Any, /) -> None:
        """Take note that constant fields are there."""
        self.model_fields_set.update(self.always)


class SentModel(Model):
    """An object that is sent only; it has nothing beyond what the document names."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid")


__all__ = ["Model", "SentModel"]
