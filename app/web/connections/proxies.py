"""What a reverse proxy says about a request: believed only from proxies that the operator trusts.

`X-Forwarded-For`, `-Proto`, `-Host` and `-Prefix` of a trusted proxy become the client, scheme, host and path of the
request. From everybody, these and similar headers are removed afterwards, because Gradio believes them from anybody.
"""

import ipaddress
import re
from collections.abc import Sequence

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.web.connections.sub_path import PREFIX, normal_prefix
from storage.errors import BadInput

Headers = list[tuple[bytes, bytes]]
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_REMOVED = (b"forwarded", b"x-real-ip", b"x-gradio-server")
_HOST = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?")


class BehindProxy:
    """Applies the headers of trusted proxies, and the prefix of the site, to each request and its response."""

    def __init__(self, app: ASGIApp, *, trusted: Sequence[str] = (), root_path: str = "") -> None:
        """Wrap an application.

        Args:
            app: the application.
            trusted: addresses or networks of proxies, such as `10.0.0.5` and `10.1.0.0/16`; without any, nobody's
                headers count.
            root_path: the prefix where the proxy sends none; the proxy may remove it from paths or not.

        Raises:
            BadInput: an address or the prefix is not valid.
        """
        self.app = app
        self._trusted = [_network(text) for text in trusted]
        prefix = normal_prefix(root_path)
        if prefix is None:
            raise BadInput(
                f"expected a path like /arena that is none of Evenhand's own, got {root_path!r}; correct --root-path"
            )
        self._root_path = prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on as its browser sent it, and add the prefix to redirects and cookies of the response."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        scope = {**scope, "headers": _without_forwarding(scope["headers"])} | self._said(scope)
        prefix, path = scope["root_path"], scope["path"]
        if prefix and path == prefix:
            await _redirect(f"{prefix}/", send)
            return
        token = PREFIX.set(prefix)
        try:
            await self.app(scope, receive, _Rewritten(send, prefix) if prefix else send)
        finally:
            PREFIX.reset(token)

    def _said(self, scope: Scope) -> dict[str, object]:
        """Return the entries of the scope that the proxy and the prefix decide."""
        found: dict[str, object] = {"root_path": ""}
        path, prefix = scope["path"], None
        if scope["client"] and self._is_trusted(scope["client"][0]):
            said = _forwarded(scope["headers"])
            if said.get("proto") in ("http", "https"):
                found["scheme"] = said["proto"]
            if "host" in said and _HOST.fullmatch(said["host"]):
                rest = [pair for pair in _without_forwarding(scope["headers"]) if pair[0] != b"host"]
                found["headers"] = [(b"host", said["host"].encode()), *rest]
            client = self._client(said.get("for", ""))
            if client:
                found["client"] = (client, 0)
            prefix = normal_prefix(said.get("prefix", ""))
        is_whole = False
        if not prefix and self._root_path:
            prefix = self._root_path
            is_whole = path == prefix or path.startswith(f"{prefix}/")
        if prefix:
            whole = path if is_whole else prefix + path
            found |= {"root_path": prefix, "path": whole, "raw_path": whole.encode()}
        return found

    def _client(self, addresses: str) -> str | None:
        """Return the last address of `X-Forwarded-For` that is no trusted proxy."""
        for text in reversed([part.strip() for part in addresses.split(",")]):
            address = _address(text)
            if address is None:
                return None
            if not self._is_trusted(address):
                return address
        return None

    def _is_trusted(self, text: str) -> bool:
        address = _address(text)
        if address is None:
            return False
        parsed = ipaddress.ip_address(address)
        return any(parsed in network for network in self._trusted)


class _Rewritten:
    """Sends a response on with the prefix in its redirect and in the paths of its cookies."""

    def __init__(self, send: Send, prefix: str) -> None:
        self._send, self._prefix = send, prefix

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [(key, self._value(key, value)) for key, value in message["headers"]]}
        await self._send(message)

    def _value(self, key: bytes, value: bytes) -> bytes:
        prefix = self._prefix.encode()
        if key == b"location" and value.startswith(b"/") and not value.startswith((b"//", prefix + b"/")):
            return prefix + value
        if key == b"set-cookie":
            return re.sub(rb"(?i)(; *path=)/(?=;|$)", rb"\1" + prefix, value)
        return value


async def _redirect(address: str, send: Send) -> None:
    headers = MutableHeaders({"location": address, "content-length": "0"})
    await send({"type": "http.response.start", "status": 307, "headers": headers.raw})
    await send({"type": "http.response.body", "body": b""})


def _forwarded(headers: Headers) -> dict[str, str]:
    """Return the values of `X-Forwarded-` headers: all addresses of `for`, else what the nearest proxy said."""
    found: dict[str, list[str]] = {}
    for key, value in headers:
        if key.startswith(b"x-forwarded-"):
            found.setdefault(key[12:].decode("latin-1"), []).append(value.decode("latin-1"))
    return {
        name: ", ".join(values) if name == "for" else values[-1].rpartition(",")[2].strip()
        for name, values in found.items()
    }


def _without_forwarding(headers: Headers) -> Headers:
    return [pair for pair in headers if not pair[0].startswith(b"x-forwarded-") and pair[0] not in _REMOVED]


def _address(text: str) -> str | None:
    """Return an IP address without port and brackets, None for anything else."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return None


def _network(text: str) -> Network:
    try:
        return ipaddress.ip_network(text.strip(), strict=False)
    except ValueError:
        raise BadInput(
            f"expected the IP address or network of a proxy, got {text!r}; correct --trusted-proxy, "
            "for example 127.0.0.1 or 10.0.0.0/8"
        ) from None
