"""Chromium for tests: how it is started, and a record of everything that a page asked for and got.

The flags keep the browser itself quiet, and its resolver knows no name: whatever a page fetches from elsewhere
fails and stands in the record.
"""

import os
import shutil
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Error, Locator, Page, Request, Response, WebSocket

CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
EXECUTABLES = ("chromium-headless-shell", "chromium", "chromium-browser")
"""Names of Chromium on a search path, best first: the shell loads a page at half the cost of the whole browser."""

INLINE = ("data", "blob", "about")
"""Schemes of addresses that carry their content themselves."""


def executable() -> str | None:
    """The path of Chromium: `EVENHAND_CHROMIUM`, else the machine's own; None when there is none."""
    found = map(shutil.which, EXECUTABLES)
    return os.environ.get("EVENHAND_CHROMIUM") or next(filter(None, found), None)


def choose(box: Locator, words: str) -> None:
    """Choose the option of a Gradio dropdown that its words leave over, by keyboard.

    The list of options stays where it was drawn while the page below it changes, so a click may not reach it.
    """
    box.fill(words)
    box.page.locator("[role=option]:visible").filter(has_text=words).first.wait_for()
    box.press("Enter")


class Traffic:
    """Everything that the pages of one browser context asked for, got and complained about.

    Attributes:
        requests: every HTTP request, in order.
        responses: every answer, in order; `response.body()` holds its bytes while the page is open.
        sockets: every WebSocket.
        complaints: errors of the console and uncaught exceptions of scripts.
    """

    def __init__(self, context: BrowserContext) -> None:
        """Record from now on."""
        self.requests: list[Request] = []
        self.responses: list[Response] = []
        self.sockets: list[WebSocket] = []
        self.complaints: list[str] = []
        context.on("request", self._ask)
        context.on("response", self._get)
        context.on("console", self._hear)
        context.on("page", self._watch)

    def outside(self, origin: str) -> list[str]:
        """The addresses that do not belong to `origin` (`http://127.0.0.1:7860`); WebSockets count too."""
        own = urlsplit(origin).netloc
        addresses = [request.url for request in self.requests] + [socket.url for socket in self.sockets]
        return [
            address
            for address in addresses
            if (parts := urlsplit(address)).scheme not in INLINE and parts.netloc != own
        ]

    def sent(self, path: str) -> list[Request]:
        """The requests to one path (`/api/vote`), whatever their query."""
        return [request for request in self.requests if urlsplit(request.url).path == path]

    # Methods, because Playwright looks at a handler's signature and `list.append` has none.
    def _ask(self, request: Request) -> None:
        self.requests.append(request)

    def _get(self, response: Response) -> None:
        self.responses.append(response)

    def _connect(self, socket: WebSocket) -> None:
        self.sockets.append(socket)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(message.text)

    def _watch(self, page: Page) -> None:
        page.on("websocket", self._connect)
        page.on("pageerror", self._note)

    def _note(self, error: Error) -> None:
        self.complaints.append(error.message)
