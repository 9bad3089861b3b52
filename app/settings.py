"""The settings of a run from options and environment variables, as typed values.

The only reader of environment variables. An option on the command line wins over its variable, which wins over the
default.
"""

import os
import stat
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from storage.errors import BadInput

DEFAULT_DATABASE = "evenhand.db"
DEFAULT_ENDPOINT = "https://api.openai.com/v1"
DEFAULT_TIMEOUT = 300.0
DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 7860
THIS_MACHINE = {"localhost", "127.0.0.1", "::1"}
_DISPLAYS = {"DISPLAY", "WAYLAND_DISPLAY"}


@dataclass(frozen=True)
class Settings:
    """The settings of one run.

    Attributes:
        database: path or URL of the store.
        debug: whether an unexpected failure prints its traceback.
        has_desktop: whether a browser window can be opened.
    """

    database: str = DEFAULT_DATABASE
    debug: bool = False
    has_desktop: bool = False


def read_settings(*, database: str | None = None, environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings from options and environment variables.

    Args:
        database: path or URL from the command line, None if not given.
        environment: environment variables: `EVENHAND_DATABASE` names the store; `EVENHAND_DEBUG` is on unless it is
            blank or `0`; `DISPLAY` and `WAYLAND_DISPLAY` show that there is a desktop on Linux.
    """
    return Settings(
        database=database or environment.get("EVENHAND_DATABASE") or DEFAULT_DATABASE,
        debug=environment.get("EVENHAND_DEBUG", "").strip() not in ("", "0"),
        has_desktop=sys.platform in ("darwin", "win32") or bool(_DISPLAYS & environment.keys()),
    )


@dataclass(frozen=True)
class EndpointAddress:
    """An endpoint with its key; no message and no representation shows the key.

    Attributes:
        base_url: address up to and with the version.
        key: key that is sent as bearer token.
        proxy: HTTP proxy that the environment names for this address.
        timeout_seconds: seconds to wait for one whole reply.
        headers: further headers of each request; their values are as secret as the key.
        vision: whether requests with images are sent; without, they fail and nothing is asked.
    """

    base_url: str
    key: str
    proxy: str | None = None
    timeout_seconds: float = DEFAULT_TIMEOUT
    headers: Mapping[str, str] = field(default_factory=dict)
    vision: bool = True

    def __repr__(self) -> str:
        """The address without the key and without a query, which may hold one."""
        return f"EndpointAddress({self.base_url.partition('?')[0]!r})"


def read_endpoint(
    base_url: str | None,
    key_file: Path | None,
    *,
    timeout_seconds: float = DEFAULT_TIMEOUT,
    headers: Mapping[str, str] | None = None,
    environment: Mapping[str, str] = os.environ,
) -> EndpointAddress:
    """The endpoint to ask: options win over `OPENAI_BASE_URL` and `OPENAI_API_KEY`.

    An endpoint on this machine needs no key, nor does one that gets further headers. `{key}` in a header is the key.

    Raises:
        BadInput: the address is invalid, there is no key, or others can read the key file.
    """
    url = _address(base_url, environment)
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise BadInput(
            f"expected an address like https://host/v1, got {url!r}; give --base-url with http:// or https://"
        )
    if parts.username or parts.password:
        raise BadInput("expected an address without a user name or password; put the key into --key-file")
    key = _read_key(key_file) if key_file is not None else environment.get("OPENAI_API_KEY", "").strip()
    if not key and parts.hostname not in THIS_MACHINE and not headers:
        raise BadInput(
            f"expected a key for {parts.hostname}, got none; set OPENAI_API_KEY, or give --key-file FILE (mode 0600)"
        )
    spoken = {name: value.replace("{key}", key) for name, value in (headers or {}).items()}
    proxy = _proxy_for(parts.scheme, parts.hostname)
    return EndpointAddress(url, key or "none", proxy, timeout_seconds, spoken)


def endpoint_host(
    base_url: str | None, environment: Mapping[str, str] = os.environ
) -> tuple[str, str | None, int | None]:
    """Scheme, host and port of an endpoint, to tell whether two addresses may share a key.

    Args:
        base_url: address of the endpoint; None for that of the environment, or the default.
        environment: environment variables.

    Raises:
        BadInput: the address is invalid.
    """
    url = _address(base_url, environment)
    parts = urlsplit(url)
    try:
        return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        raise BadInput(f"expected an address like https://host/v1, got {url!r}; correct its port") from None


def _address(base_url: str | None, environment: Mapping[str, str]) -> str:
    return base_url or environment.get("OPENAI_BASE_URL") or DEFAULT_ENDPOINT


def address_of_endpoint(base_url: str, key: str, *, timeout_seconds: float) -> EndpointAddress:
    """An endpoint whose address and key are known, with the proxy of the environment."""
    parts = urlsplit(base_url)
    return EndpointAddress(base_url, key, _proxy_for(parts.scheme, parts.hostname or ""), timeout_seconds)


def read_variables(environment: Mapping[str, str] = os.environ) -> Mapping[str, str]:
    """The environment variables, for files that name some of them."""
    return environment


def _proxy_for(scheme: str, host: str) -> str | None:
    """The proxy by the usual rules: `HTTPS_PROXY` and the like, unless `NO_PROXY` contains the host."""
    from urllib.request import getproxies, proxy_bypass  # noqa: PLC0415  slow to import, and only needed here

    if host in THIS_MACHINE or proxy_bypass(host):
        return None
    proxies = getproxies()
    return proxies.get(scheme) or proxies.get("all")


def _read_key(path: Path) -> str:
    try:
        mode = path.stat().st_mode
        key = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise BadInput(f"expected a key in {str(path)!r}, but it cannot be read; check the path") from None
    if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise BadInput(f"expected a key file that only you can read, got {str(path)!r}; run chmod 600 on it")
    if not key or len(key.split()) != 1:
        raise BadInput(f"expected one key on one line in {str(path)!r}, got none or several; write the key alone")
    return key
