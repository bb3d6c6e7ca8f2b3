"""The rules: what each code stands for, and how severe it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

Severity = Literal["error", "warning", "info"]

SEVERITIES: Final[tuple[Severity, ...]] = ("error", "warning", "info")
"""From the most severe to the least."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What a code stands for.

    Attributes:
        severity: ``"error"`` if tools or clients will stumble, ``"warning"`` if something is
            probably not what was meant, ``"info"`` for advice.
        found: What is found, as a phrase.
    """

    severity: Severity
    found: str


def _rules(severity: Severity, **rules: str) -> dict[str, Rule]:
    return {code.replace("_", "-"): Rule(severity, found) for code, found in rules.items()}


RULES: Final[Mapping[str, Rule]] = {
    # What the official JSON Schemas say
    **_rules(
        "error",
        version="a version of AsyncAPI other than 3.0.0 and 3.1.0",
        wrong_type="a value of a type that AsyncAPI does not have there; beside one, only what the "
        "official JSON Schema says is checked",
        unknown_key="a key that AsyncAPI does not know there, such as a misspelt one",
        missing_key="a key that is required",
        wrong_value="a value outside of those that AsyncAPI has there: choices, ranges, repeats",
        format="a URI, an e-mail address or a runtime expression that is not one",
        misplaced_reference="a reference where official tools take none, as for a binding's query",
        key_pattern="a key with other characters than `A-Z a-z 0-9 . _ -`",
    ),
    # References
    **_rules(
        "error",
        dangling_reference="a `$ref` that leads nowhere",
        reference_cycle="references that lead to each other and to nothing else, and schemas whose "
        "parts lead back to them for the same value",
        wrong_reference="a `$ref` to another kind of thing than stands there",
        root_reference="an operation whose channel, or a channel whose server, is not one of the "
        "document's own, but stands in `components`",
        missing_file="a `$ref` into a file that is not there or cannot be read",
    ),
    **_rules("warning", reference_siblings="keys beside a `$ref`, which tools ignore"),
    **_rules(
        "info",
        unread_file="a `$ref` to another host, or into a file where there are none, which is not "
        "followed",
    ),
    # Channels, operations and messages
    **_rules(
        "error",
        foreign_message="an operation or a reply with a message of another channel",
        undeclared_parameter="a variable of an address that is not declared",
        undeclared_variable="a variable of a server that is not declared",
        server_host="a host that is none, as one with a scheme or a path",
        correlation_id="a correlation id, reply address or parameter whose location is not in the "
        "payload",
        headers_not_object="headers, or a query of a handshake, whose schema is not one of an "
        "object",
        undescribed_message="a message whose model pydantic could not describe when chanx "
        "generated the document",
    ),
    **_rules(
        "warning",
        address="an address or a pathname that is not a path, where servers speak WebSocket or "
        "HTTP, or holds a query",
        duplicate_address="two addresses that differ by the names of their variables only",
        ambiguous_message="messages that one frame may be",
        unused_parameter="a parameter that the address does not use",
        unused_variable="a variable that the server does not use",
        correlation_header="the same for headers, of which there often are more than are declared",
        empty_messages="an operation or a reply that lists no messages",
        binding_place="a binding where it means nothing: for another protocol than the servers', "
        "or at an object for which the protocol has none",
        protocol="a protocol that nobody speaks, as misspelt ones are",
        media_type="a media type that is not one, or misspelt",
    ),
    **_rules(
        "info",
        unused_message="a message of a channel that no operation sends or receives",
        channel_without_operation="a channel that no operation uses",
        missing_name="a message without a name",
        missing_summary="a channel, operation or message of which nothing is said",
    ),
    **_rules("warning", unused_component="a component that nothing refers to"),
    # Schemas
    **_rules(
        "error",
        discriminator="a discriminator that is not the name of a required property, as OpenAPI's",
        pattern="a regular expression that JavaScript cannot read",
        unsatisfiable="a schema that nothing matches: a minimum above the maximum, constants that "
        "the rest refuses, parts of `allOf` or all alternatives that exclude each other, a "
        "required property that a closed object does not have",
        default_mismatch="a default of a parameter or a server variable that is not in its enum, "
        "or that its `x-schema` refuses",
        example_mismatch="an example that its payload, headers, schema or enum refuses",
    ),
    **_rules(
        "warning",
        schema_keyword="a keyword of later drafts or of OpenAPI, which draft-07 does not have",
        keyword_spelling="a keyword that is near to one of draft-07's, which tools ignore",
        schema_default="a default that its schema refuses, against draft-07's recommendation",
        enum_mismatch="a value of an enum that the schema around it refuses",
        pattern_flag="a regular expression that JavaScript reads without its flag `u` only, which "
        "validators set",
    ),
    **_rules(
        "info",
        undecided_pattern="a regular expression that is not run here, so that examples are not "
        "checked by it: look-ahead, references to groups",
    ),
    # Extensions of chanx
    **_rules(
        "error",
        extension_value="an extension of chanx with a value that means nothing",
        extension_target="an extension of chanx that names an operation or a message that is not "
        "there",
    ),
    **_rules(
        "warning",
        extension_place="an extension of chanx on the side of a conversation, or in a place, where "
        "it means nothing",
    ),
    # The whole document
    **_rules(
        "error",
        repeated_parts="so many parts that stand in several places, as YAML's aliases make them, "
        "that nothing else is checked",
    ),
}
"""The rules by their codes."""

__all__ = ["RULES", "SEVERITIES", "Rule", "Severity"]
