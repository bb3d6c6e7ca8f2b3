"""pydantic's core schemas: the one package that knows how they are built.

pydantic promises nothing of their form, nor of ``_use_prebuilt``. What is taken for granted stands
here, and ``tests/core/test_core_schemas.py`` says of each thing what breaks without it. A key that
is not known here is looked into, and a kind that ``parsed.py`` does not know is validated as text:
what a later pydantic adds is slower at worst.
"""

from chanx.core.core_schemas.building import (
    built_schema,
    built_serializer,
    built_validator,
    new_serializer,
    new_validator,
)
from chanx.core.core_schemas.changes import (
    checked_after,
    checked_before,
    stopped_at_first,
    tried_before,
    tried_in,
    with_one_error,
    without_constants,
    writes_constants,
)
from chanx.core.core_schemas.parts import (
    Node,
    class_name,
    declares,
    fields_of,
    has_fields,
    has_items,
    is_field,
    is_node,
    is_plain_union,
    is_reference,
    is_told_of_the_input,
    parts_of_value,
)
from chanx.core.core_schemas.walking import (
    definitions_of,
    mapped,
    references_within,
    validating_parts,
)

__all__ = [
    "Node",
    "built_schema",
    "built_serializer",
    "built_validator",
    "checked_after",
    "checked_before",
    "class_name",
    "declares",
    "definitions_of",
    "fields_of",
    "has_fields",
    "has_items",
    "is_field",
    "is_node",
    "is_plain_union",
    "is_reference",
    "is_told_of_the_input",
    "mapped",
    "new_serializer",
    "new_validator",
    "parts_of_value",
    "references_within",
    "stopped_at_first",
    "tried_before",
    "tried_in",
    "validating_parts",
    "with_one_error",
    "without_constants",
    "writes_constants",
]
