"""What pages in a browser did that they should not have."""

from urllib.parse import urlsplit

from playwright.async_api import ConsoleMessage, Page, Request


class Watch:
    """What pages did that they should not have."""

    def __init__(self) -> None:
        self.expected: set[str] = set()
        self.sockets: list[str] = []
        self._complaints: list[str] = []
        self._hosts: set[str] = set()

    def attach(self, page: Page) -> None:
        """Watch a page from now on."""
        page.on("console", self._note)
        page.on("pageerror", lambda error: self._complaints.append(str(error)))
        page.on("request", self._visit)
        page.on("websocket", lambda socket: self.sockets.append(socket.url))

    def check(self, host: str) -> None:
        """Fail if a page complained (of its content security policy too) or went elsewhere."""
        unexpected = [
            complaint
            for complaint in self._complaints
            if not any(text in complaint for text in self.expected)
        ]
        assert not unexpected, unexpected
        assert {*self._hosts, *(urlsplit(url).netloc for url in self.sockets)} == {host}

    def _note(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self._complaints.append(message.text)

    def _visit(self, request: Request) -> None:
        self._hosts.add(urlsplit(request.url).netloc)
