"""A server in a process of its own, as `evenhand serve` runs it, and a small client that votes.

The process prints its address as its first line, so nobody waits by the clock; it can be killed like any other.
"""

import http.client
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from app.web.accounts.sessions import COOKIE

SERVE = """
import sys
from app.web.serving import serve, take_port
from app.site_wiring import make_web
from storage.database.engine import open_database
serve(make_web(open_database(sys.argv[1])), take_port("127.0.0.1", 0), announce=lambda url: print(url, flush=True))
"""


@dataclass
class RunningServer:
    """A server process that answers at `url`."""

    url: str
    process: "subprocess.Popen[str]"

    def kill(self) -> None:
        """End it at once, as a power cut of the process would."""
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait(20)


@contextmanager
def running(database_url: str) -> Iterator[RunningServer]:
    """Serve a store from a new process until the end of the block."""
    with subprocess.Popen([sys.executable, "-c", SERVE, database_url], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            assert url.startswith("http"), f"the server ended while starting ({process.poll()})"
            yield RunningServer(url, process)
        finally:
            if process.poll() is None:
                process.kill()
            process.wait(20)


class UnreachableServer(Exception):
    """The server answered with something else than 200."""

    def __init__(self, status: int, reply: dict[str, Any]) -> None:
        super().__init__(f"{status}: {reply}")
        self.status = status
        self.reply = reply


class ApiClient:
    """One signed-in browser's calls over a kept-alive connection."""

    def __init__(self, url: str, cookie: str) -> None:
        place = urlsplit(url)
        self._connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=30)
        self._headers = {"Content-Type": "application/json", "Origin": url, "Cookie": f"{COOKIE}={cookie}"}

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    def post(self, path: str, **body: Any) -> dict[str, Any]:
        """The JSON of a reply.

        Raises:
            UnreachableServer: the status was not 200.
            OSError, http.client.HTTPException: the connection broke.
        """
        self._connection.request("POST", path, json.dumps(body), self._headers)
        answer = self._connection.getresponse()
        reply: dict[str, Any] = json.loads(answer.read())
        if answer.status != http.client.OK:
            raise UnreachableServer(answer.status, reply)
        return reply
