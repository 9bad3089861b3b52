"""Scripts, style sheets and fonts under `/static/`, cached for a year because their address holds their digest.

Our own files shadow Gradio's, which lie under the same address. A file asked for without its digest, or with
an old one, is served too, but only kept after asking whether it is still the same.
"""

import hashlib
import os
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

APP = Path(__file__).parents[1]
FOLDERS = (APP / "web" / "static", APP / "ui" / "static", *sorted((APP / "ui").glob("*/static")))
GRADIO_FRONTEND = Path(str(find_spec("gradio").origin)).parent / "templates" / "frontend"  # type: ignore[union-attr]
"""Found without importing Gradio, which takes seconds."""

_YEAR_SECONDS = 365 * 24 * 3600


class HashedStaticFiles(StaticFiles):
    """Starlette's static files over several folders, with lasting caching for addresses that name a version."""

    def __init__(self, folders: tuple[Path, ...]) -> None:
        """Serve these folders; where two have a file of the same name, the first one's counts."""
        self._folders = folders
        super().__init__(directory=folders[0])

    def get_directories(self, directory: object = None, packages: object = None) -> list[str | os.PathLike[str]]:
        """The folders, instead of the one that Starlette was told."""
        return [folder for folder in self._folders if folder.is_dir()]

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file, or 404; the digest in the query decides how long a browser may keep it."""
        response = await super().get_response(path, scope)
        asked = f"/static/{path}?{scope['query_string'].decode('latin-1')}"
        lasting = "?v=" in asked and asked == address_of(path)
        response.headers["cache-control"] = f"public, max-age={_YEAR_SECONDS}, immutable" if lasting else "no-cache"
        return response


@cache
def address_of(name: str) -> str:
    """The address of a static file of ours with the digest of its content; without one if there is no such file."""
    for folder in FOLDERS:
        path = folder / name
        if path.is_file():
            return f"/static/{name}?v={hashlib.sha256(path.read_bytes()).hexdigest()[:12]}"
    return f"/static/{name}"
