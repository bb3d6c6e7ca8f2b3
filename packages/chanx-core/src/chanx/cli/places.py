"""The lines at which the places of a document stand in its file."""

import yaml

from chanx.asyncapi.reading.parsing import compose
from chanx.asyncapi.walk import tokens_of


class Places:
    """Finds the lines of a file. It is read once more when the first is asked for.

    Args:
        text: The file's text.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._root: yaml.Node | None = None
        self._is_read = False

    def line(self, pointer: str) -> int:
        """Return the line of a place, counted from 1: where its key stands, or its list item.

        Args:
            pointer: A JSON pointer. Where the place is not there, it is that of what it would be
                in; 1 if nothing is known.
        """
        if not self._is_read:
            self._root, self._is_read = compose(self._text), True
        node, line = self._root, 1
        for token in tokens_of(pointer):
            found = _below(node, token)
            if found is None:
                break
            node, mark = found
            line = mark.start_mark.line + 1
        return line


def _below(node: yaml.Node | None, token: str) -> tuple[yaml.Node, yaml.Node] | None:
    """Return what stands under a key, and the node that says where."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value == token:
                return value, key
    elif isinstance(node, yaml.SequenceNode) and token.isdecimal():
        items: list[yaml.Node] = node.value
        if len(token) < 10 and int(token) < len(items):
            return items[int(token)], items[int(token)]
    return None


__all__ = ["Places"]
