"""A document as text; equal documents give equal bytes."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

import yaml

_SURROGATES: Final = re.compile("[\ud800-\udfff]")
"""Half characters, which UTF-8 has no bytes for: JSON spells them as escapes."""

_NUMERAL: Final = re.compile(r"0o[0-7]+|[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
"""What YAML 1.2 reads as a number (10.3.2), and PyYAML, which knows 1.1, in part does not."""


def to_json(document: Mapping[str, Any], *, indent: int | None = 2) -> str:
    """Return a document as JSON (RFC 8259), ending with a line break.

    Args:
        document: The document.
        indent: Spaces per level; None for one line without any.

    Raises:
        ValueError: If the document holds NaN or an infinity.
    """
    separators = (",", ":") if indent is None else (",", ": ")
    text = json.dumps(
        document, ensure_ascii=False, allow_nan=False, indent=indent, separators=separators
    )
    return _SURROGATES.sub(lambda found: f"\\u{ord(found.group()):04x}", text) + "\n"


def to_yaml(document: Mapping[str, Any]) -> str:
    """Return a document as YAML without anchors and tags.

    Half characters (lone surrogates), which YAML cannot spell, become U+FFFD.

    Args:
        document: The document.
    """
    return yaml.dump(  # pyright: ignore[reportUnknownMemberType]  # of types-PyYAML
        document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, default_flow_style=False
    )


def _repeats(dumper: yaml.SafeDumper, value: object) -> bool:
    """Say that a value is written out wherever it stands, instead of being named once."""
    return True


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    text = _SURROGATES.sub("\N{REPLACEMENT CHARACTER}", text)
    style = "|" if "\n" in text else "'" if _NUMERAL.fullmatch(text) else None
    return yaml.ScalarNode("tag:yaml.org,2002:str", text, style=style)


# Several times as fast where PyYAML was built with libyaml, as its wheels are.
_Dumper: Any = type(
    "_Dumper",
    (getattr(yaml, "CSafeDumper", yaml.SafeDumper),),
    {"ignore_aliases": _repeats},
)
_Dumper.add_representer(str, _represent_text)


__all__ = ["to_json", "to_yaml"]
