"""Scripts, style sheets and fonts under `/static/`, cached for a year because their address contains their digest.

Our files shadow Gradio's under the same address. A file requested without its digest, or with an old one, is served
too, but browsers must revalidate it.
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
    """Starlette's static files over several folders, with long caching for addresses with a digest."""

    def __init__(self, folders: tuple[Path, ...]) -> None:
        """Serve these folders; of files with the same name the first folder's is served."""
        self._folders = folders
        super().__init__(directory=folders[0])

    def get_directories(self, directory: object = None, packages: object = None) -> list[str | os.PathLike[str]]:
        """Return our folders instead of Starlette's single one."""
        return [folder for folder in self._folders if folder.is_dir()]

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return the file, or 404; the digest in the query decides the cache lifetime."""
        response = await super().get_response(path, scope)
        address = f"/static/{path}?{scope['query_string'].decode('latin-1')}"
        lasting = "?v=" in address and address == address_of(path)
        response.headers["cache-control"] = f"public, max-age={_YEAR_SECONDS}, immutable" if lasting else "no-cache"
        return response


@cache
def address_of(name: str) -> str:
    """Return the address of one of our static files with its digest; without a digest if the file does not exist."""
    for folder in FOLDERS:
        path = folder / name
        if path.is_file():
            return f"/static/{name}?v={hashlib.sha256(path.read_bytes()).hexdigest()[:12]}"
    return f"/static/{name}"
