"""What the surroundings say about a run, as one typed value.

The only reader of the environment. An option on the command line wins over its variable, which wins over the
default.
"""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass

DEFAULT_DATABASE = "evenhand.db"
DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 7860
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
