"""What the surroundings say about a run, as one typed value.

The only reader of the environment. An option on the command line wins over its variable, which wins over the
default.
"""

import os
import stat
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from storage.errors import BadInput

DEFAULT_DATABASE = "evenhand.db"
DEFAULT_ENDPOINT = "https://api.openai.com/v1"
DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 7860
_THIS_MACHINE = {"localhost", "127.0.0.1", "::1"}
_DISPLAYS = {"DISPLAY", "WAYLAND_DISPLAY"}


@dataclass(frozen=True)
class Settings:
    """The settings of one run.

    Attributes:
        database: path or URL of the store.
        debug: whether an unexpected failure shows its traceback.
        has_desktop: whether a browser window could be opened.
    """

    database: str = DEFAULT_DATABASE
    debug: bool = False
    has_desktop: bool = False


def read_settings(*, database: str | None = None, environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings from options and environment variables.

    Args:
        database: as given on the command line, None when it was not.
        environment: `EVENHAND_DATABASE` names the store; `EVENHAND_DEBUG` is on with anything but `0` and blank;
            `DISPLAY` and `WAYLAND_DISPLAY` tell a desktop on Linux.
    """
    return Settings(
        database=database or environment.get("EVENHAND_DATABASE") or DEFAULT_DATABASE,
        debug=environment.get("EVENHAND_DEBUG", "").strip() not in ("", "0"),
        has_desktop=sys.platform in ("darwin", "win32") or bool(_DISPLAYS & environment.keys()),
    )


@dataclass(frozen=True)
class EndpointAddress:
    """Where a model answers, and the key that opens it; the key is shown by nothing.

    Attributes:
        base_url: with the version.
        key: sent as bearer token.
        proxy: on the way, as the environment names one.
    """

    base_url: str
    key: str
    proxy: str | None = None

    def __repr__(self) -> str:
        """The address alone."""
        return f"EndpointAddress({self.base_url!r})"


def read_endpoint(
    base_url: str | None, key_file: Path | None, *, environment: Mapping[str, str] = os.environ
) -> EndpointAddress:
    """Where to ask: options win over `OPENAI_BASE_URL` and `OPENAI_API_KEY`.

    An endpoint on this machine needs no key.

    Raises:
        BadInput: no address, no key, or a key file that others can read.
    """
    url = base_url or environment.get("OPENAI_BASE_URL") or DEFAULT_ENDPOINT
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise BadInput(
            f"expected an address like https://host/v1, got {url!r}; give --base-url with http:// or https://"
        )
    if parts.username or parts.password:
        raise BadInput("expected an address without a user name or password; put the key into --key-file")
    key = _read_key(key_file) if key_file is not None else environment.get("OPENAI_API_KEY", "").strip()
    if not key and parts.hostname not in _THIS_MACHINE:
        raise BadInput(
            f"expected a key for {parts.hostname}, got none; set OPENAI_API_KEY, or give --key-file FILE (mode 0600)"
        )
    return EndpointAddress(url, key or "none", _proxy_for(parts.scheme, parts.hostname))


def _proxy_for(scheme: str, host: str) -> str | None:
    """By the rules that most programs keep: `HTTPS_PROXY` and the like, unless `NO_PROXY` has the host."""
    from urllib.request import getproxies, proxy_bypass  # noqa: PLC0415  slow to import, and only asked for here

    if host in _THIS_MACHINE or proxy_bypass(host):
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
