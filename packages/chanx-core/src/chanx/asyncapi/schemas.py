"""The schemas of a document, and which of them describes which message."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from chanx.asyncapi.definitions import Definitions, MessageUse, collect
from chanx.asyncapi.schema_names import name_definitions, rename
from chanx.asyncapi.titles import with_titles
from chanx.asyncapi.validation import matches
from chanx.asyncapi.walk import Schema, is_array, map_subschemas

SCHEMAS = "#/components/schemas/"


@dataclass(frozen=True)
class SchemaRegistry:
    """The schemas of one document.

    Attributes:
        definitions: What pydantic says of them.
        names: The name of each definition.
    """

    definitions: Definitions
    names: Mapping[str, str]

    @classmethod
    def of(cls, uses: Iterable[MessageUse]) -> "SchemaRegistry":
        """Describe messages and all that they refer to.

        Args:
            uses: The messages.

        Raises:
            ConfigurationError: If two classes have the same explicit title.
        """
        definitions = collect(uses)
        return cls(definitions, name_definitions(definitions))

    @property
    def problems(self) -> Mapping[MessageUse, Exception]:
        """The messages that cannot be described, with the reason."""
        return self.definitions.problems

    @cached_property
    def schemas(self) -> dict[str, dict[str, Any]]:
        """All schemas by name, in the order of their names; each has its name as title.

        Enumerations within them have one too.
        """
        links = {token: SCHEMAS + name for token, name in self.names.items()}
        found: dict[str, dict[str, Any]] = {}
        for token, definition in self.definitions.by_token.items():
            name = self.names[token]
            if name not in found:
                schema = rename(definition.schema, lambda token: links.get(token, token))
                found[name] = {"title": name, **schema}
        return with_titles(dict(sorted(found.items())))

    @cached_property
    def checked(self) -> dict[str, dict[str, Any]]:
        """The same, without examples that do not match, as those in another spelling."""
        return {name: self._check(schema) for name, schema in self.schemas.items()}

    def _check(self, schema: Schema) -> dict[str, Any]:
        result = map_subschemas(schema, self._check)
        if is_array(examples := result.pop("examples", None)):
            matching = [item for item in examples if matches(result, item, self.lookup)]
            if matching:
                result["examples"] = matching
        return result

    def name(self, use: MessageUse) -> str:
        """Return the name of a message's schema."""
        return self.names[self.definitions.messages[use]]

    def lookup(self, reference: str) -> Schema | bool:
        """Return the schema that a reference leads to; True for one that a user wrote.

        That may lead anywhere, also out of the document, and so to anything.
        """
        return self.schemas.get(reference.removeprefix(SCHEMAS), True)


__all__ = ["SCHEMAS", "SchemaRegistry"]
