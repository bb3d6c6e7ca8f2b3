"""What a project adds to what its document says: who connects, and which frames are sent."""

from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from chanx.testing.conformance.opening import Opening, Place

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

Isolation: TypeAlias = Literal["connection", "test"]


class Hooks:
    """What a project adds to its document; a subclass overrides what it needs.

    Attributes:
        isolation: ``"test"`` sends the frames of a test one after the other on a connection, until
            it is closed; ``"connection"`` opens a new one for each frame.
        timeout: Seconds to wait at most until a server has come to rest. Over a network, where
            nobody can see whether it has, where the document has no heartbeat.
        members: How many connections there are, 1 or 2; the second sees what others are sent.

    Example:
        >>> class ChatHooks(Hooks):
        ...     async def credentials(self, place: Place, member: int) -> str | None:
        ...         return ["token-of-ada", "token-of-grace"][member]
        ...
        ...     async def prepare(self, connection: Opening) -> None:
        ...         connection.parameters["room"] = "lobby"
    """

    isolation: Isolation = "test"
    timeout: float = 5.0
    members: int = 2

    async def credentials(self, place: Place, member: int) -> str | None:
        """Return a credential that lets a member in.

        Args:
            place: Where the handshake carries it, as the document declares it.
            member: Who connects, counted from 0.

        Returns:
            The token, key or session alone, which is put into its place; None for none of this
            kind.
        """
        return None

    async def expired(self, place: Place) -> str | None:
        """Return a credential that once let somebody in, and does not any more; None for none.

        Args:
            place: Where the handshake carries it, as the document declares it.
        """
        return None

    async def prepare(self, connection: Opening) -> None:
        """Change what a handshake says, in place: the address, query, headers, subprotocols.

        Args:
            connection: What was made of the document.
        """

    def skip(self, frame: Any) -> bool:
        """Return whether a frame is not to be sent.

        Args:
            frame: A JSON value that was made of the document.
        """
        return False

    def change(self, frame: Any) -> Any:
        """Return what is sent in the place of a frame; the frame itself if left as it is.

        Args:
            frame: A JSON value that was made of the document.
        """
        return frame

    def generate(self, schema: str) -> "SearchStrategy[Any] | None":
        """Return a strategy of Hypothesis for a schema that says less than what holds.

        Args:
            schema: The name of a schema in the document's components.

        Returns:
            The strategy; None for what is made of the schema.
        """
        return None


__all__ = ["Hooks", "Isolation"]
