"""Serve the application on a port, which is opened before slow imports and closed cleanly.

socket = take_port("127.0.0.1", 7860)
serve(make_application(…), socket, announce=typer.echo)
"""

import gc
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event, Thread

import uvicorn
from starlette.types import ASGIApp

from app.web.connections.proxies import BehindProxy
from app.web.connections.slow_clients import HEADER_SECONDS, timed_protocol
from app.web.connections.sub_path import normal_prefix
from storage.errors import EvenhandError

HOST = "127.0.0.1"
PORT = 7860
KEEP_ALIVE_SECONDS = 75
"""Longer than most raters need for a pair, so that a vote rarely waits for a new connection."""

GOODBYE_SECONDS = 2
"""Seconds after which open streams of browser tabs are closed when the server stops."""

SWITCH_SECONDS = 0.0001
"""Longest wait of a thread for Python's lock while another one computes. With the default of 5 ms a vote, which gives
the lock up at each statement of its transaction, waits that long each time behind the event loop."""


@dataclass(frozen=True)
class Proxies:
    """Reverse proxies in front of the server.

    Attributes:
        trusted: addresses or networks of proxies whose `X-Forwarded-` headers count.
        root_path: path below which the site is served, where the proxy does not send it.
    """

    trusted: tuple[str, ...] = ()
    root_path: str = ""


class PortUnavailable(EvenhandError):
    """The port is in use or not permitted, or the address does not belong to this machine."""


class StartupFailed(EvenhandError):
    """The application failed during startup."""


def take_port(host: str = HOST, port: int = PORT) -> socket.socket:
    """Listen on a port; 0 takes any free one.

    Raises:
        PortUnavailable: the port is in use or cannot be used.
    """
    if not 0 <= port <= 65_535:
        raise PortUnavailable(f"expected a port from 0 to 65535, got {port!r}; choose another with --port")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise PortUnavailable(
            f"expected an address of this machine, got {host!r} ({error.strerror}); check --host"
        ) from None
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(2048)
    except OSError as error:
        listener.close()
        raise PortUnavailable(
            f"expected a free port, but {host}:{port} cannot be used ({error.strerror}); "
            "stop the other program or choose another with --port (make demo PORT=7861)"
        ) from None
    return listener


@contextmanager
def starting() -> Iterator[None]:
    """Switch garbage collection off while modules load and pages are built: it takes a tenth of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def address_of(listener: socket.socket) -> str:
    """Return the address to open in a browser."""
    host, port = listener.getsockname()[:2]
    shown = {"0.0.0.0": "127.0.0.1", "::": "127.0.0.1"}.get(host, host)  # noqa: S104  the address is only printed
    return f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"


def serve(
    application: ASGIApp,
    listener: socket.socket,
    *,
    announce: Callable[[str], object],
    proxies: Proxies = Proxies(),
) -> None:
    """Serve until Ctrl-C or SIGTERM; call it in the main thread.

    Args:
        application: the ASGI application.
        listener: socket from `take_port`; closed at the end.
        announce: called with the address when the server is ready.
        proxies: reverse proxies in front, and the path below which they serve the site.

    Raises:
        StartupFailed: the application failed during startup.
    """
    server = _Server(_config(application, proxies, HEADER_SECONDS), proxies, announce)
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.collect()
    gc.freeze()  # modules and pages live as long as the server, so no collection needs to look through them
    # Uvicorn stops gracefully on both signals and then raises the signal again; both end here.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        server.run(sockets=[listener])
    except KeyboardInterrupt:
        return
    finally:
        listener.close()


@contextmanager
def serving(
    application: ASGIApp, *, proxies: Proxies = Proxies(), header_seconds: float = HEADER_SECONDS
) -> Iterator[str]:
    """Serve in a thread on a free port and yield the address; for tests and benchmarks.

    Args:
        application: the ASGI application.
        proxies: as in `serve`.
        header_seconds: time limit for the headers of a request.

    Raises:
        StartupFailed: the application failed during startup.
    """
    listener = take_port(HOST, 0)
    is_settled = Event()
    server = _Server(_config(application, proxies, header_seconds), proxies, lambda _address: is_settled.set())

    failures: list[StartupFailed] = []

    def run() -> None:
        try:
            server.run(sockets=[listener])
        except StartupFailed as error:
            failures.append(error)
        finally:
            is_settled.set()

    thread = Thread(target=run, daemon=True)
    thread.start()
    try:
        is_settled.wait()
        if failures:
            raise failures[0]
        yield address_of(listener)
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


class _Server(uvicorn.Server):
    """Uvicorn server that announces when it is ready."""

    def __init__(self, config: uvicorn.Config, proxies: Proxies, announce: Callable[[str], object]) -> None:
        super().__init__(config)
        self._announce, self._root_path = announce, normal_prefix(proxies.root_path) or ""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then announce the address; raise `StartupFailed` instead of exiting."""
        try:
            await super().startup(sockets)
        except SystemExit:
            raise StartupFailed("expected the application to start, but it did not; see the log") from None
        if self.started and sockets:
            self._announce(address_of(sockets[0]) + self._root_path)


def _config(application: ASGIApp, proxies: Proxies, header_seconds: float) -> uvicorn.Config:
    return uvicorn.Config(
        BehindProxy(application, trusted=proxies.trusted, root_path=proxies.root_path),
        log_config=None,
        access_log=False,
        server_header=False,
        ws="none",
        lifespan="on",
        http=timed_protocol(header_seconds),
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GOODBYE_SECONDS,
    )
