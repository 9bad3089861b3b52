"""A time limit for clients that send nothing, or headers drop by drop: each of them would hold a connection for ever.

Uvicorn limits only the time between two requests of a connection. `security` limits the time for a body.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.auto import AutoHTTPProtocol

HEADER_SECONDS = 30.0
"""Seconds from the connection, or from the first byte of a request, to the end of its headers."""


def timed_protocol(seconds: float) -> type[asyncio.Protocol]:
    """Return Uvicorn's HTTP protocol with a time limit for the headers of each request.

    Args:
        seconds: as `HEADER_SECONDS`.
    """
    base: Any = AutoHTTPProtocol

    class TimedProtocol(base):  # type: ignore[misc]
        """Closes a connection on which no request becomes whole in time."""

        _deadline: asyncio.TimerHandle | None = None

        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            super().connection_made(transport)
            self._watch()

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            self._watch()

        def connection_lost(self, exc: Exception | None) -> None:
            self._forget()
            super().connection_lost(exc)

        def _watch(self) -> None:
            """Start the time while no request is being answered; stop it as soon as one is."""
            if self.cycle is not None and not self.cycle.response_complete:
                self._forget()
            elif self._deadline is None and not self.transport.is_closing():
                self._deadline = self.loop.call_later(seconds, self._give_up)

        def _give_up(self) -> None:
            self._deadline = None
            is_busy = self.cycle is not None and not self.cycle.response_complete
            if not is_busy and not self.transport.is_closing():
                self.transport.close()

        def _forget(self) -> None:
            if self._deadline is not None:
                self._deadline.cancel()
                self._deadline = None

    return TimedProtocol
