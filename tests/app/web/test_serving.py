"""Taking a port, saying when it is ready, giving it back."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from app.web.serving import PortUnavailable, Proxies, StartupFailed, address_of, serving, take_port

ROOT = Path(__file__).parents[3]
PROGRAM = """
import sys
from starlette.applications import Starlette
from app.web.serving import serve, take_port
serve(Starlette(), take_port("127.0.0.1", 0), announce=lambda address: print(address, flush=True))
print("stopped", flush=True)
"""


async def where(request: Request) -> PlainTextResponse:
    return PlainTextResponse(f"{request.url.scheme} {request.client.host if request.client else ''}")


def test_a_port_in_use_is_reported() -> None:
    with take_port("127.0.0.1", 0) as held:
        port = held.getsockname()[1]
        with pytest.raises(PortUnavailable, match=rf"127.0.0.1:{port} cannot be used .* choose another with --port"):
            take_port("127.0.0.1", port)
    take_port("127.0.0.1", port).close()


@pytest.mark.parametrize("port", [-1, 65_536])
def test_an_impossible_port_is_reported(port: int) -> None:
    with pytest.raises(PortUnavailable, match="from 0 to 65535"):
        take_port("127.0.0.1", port)


@pytest.mark.parametrize("host", ["192.0.2.1", "not a host", ""])
def test_an_address_of_another_machine_is_reported(host: str) -> None:
    with pytest.raises(PortUnavailable, match="expected"):
        take_port(host, 0)


def test_taking_a_port_loads_nothing_heavy() -> None:
    program = (
        "import sys, app.web.serving; print([name for name in ('gradio', 'pandas', 'sqlmodel') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_an_address_is_one_that_a_browser_opens() -> None:
    with take_port("127.0.0.1", 0) as here, take_port("0.0.0.0", 0) as anywhere:
        assert address_of(here) == f"http://127.0.0.1:{here.getsockname()[1]}"
        assert address_of(anywhere) == f"http://127.0.0.1:{anywhere.getsockname()[1]}"


def test_the_application_answers_inside_and_the_port_is_free_afterwards() -> None:
    with serving(Starlette(routes=[Route("/", where)])) as address:
        assert httpx.get(address).text == "http 127.0.0.1"
        port = int(address.rsplit(":", 1)[1])
    with pytest.raises(httpx.ConnectError):
        httpx.get(address)
    take_port("127.0.0.1", port).close()


def test_forwarded_headers_are_trusted_only_from_a_trusted_proxy() -> None:
    spoofed = {"x-forwarded-for": "203.0.113.9", "x-forwarded-proto": "https"}
    with serving(Starlette(routes=[Route("/", where)])) as address:
        assert httpx.get(address, headers=spoofed).text == "http 127.0.0.1"
    with serving(Starlette(routes=[Route("/", where)]), proxies=Proxies(("127.0.0.1",))) as address:
        assert httpx.get(address, headers=spoofed).text == "https 203.0.113.9"


def test_an_application_that_does_not_start_is_an_error() -> None:
    @asynccontextmanager
    async def fail(_application: Starlette) -> AsyncIterator[None]:
        if ROOT.exists():
            raise RuntimeError
        yield

    with pytest.raises(StartupFailed, match="did not"), serving(Starlette(lifespan=fail)):
        pass


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_and_sigterm_stop_cleanly(sent: signal.Signals) -> None:
    with subprocess.Popen([sys.executable, "-c", PROGRAM], cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        assert httpx.get(address).status_code == 404
        with socket.create_connection(("127.0.0.1", int(address.rsplit(":", 1)[1]))):
            os.kill(process.pid, sent)
            assert process.stdout.readline().strip() == "stopped"
        assert process.wait() == 0
