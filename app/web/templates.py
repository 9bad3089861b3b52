"""Our own server-rendered pages: Jinja with escaping on, one style sheet, no script."""

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.responses import HTMLResponse

from app.web import wording
from app.web.headers import OWN_POLICY
from app.web.static_files import address_of
from storage.values import Language

FOLDER = Path(__file__).parent / "templates"


def page(name: str, language: Language, *, status: int = 200, **values: object) -> HTMLResponse:
    """Render a page of ours.

    Args:
        name: of the template.
        language: of its texts.
        status: of the response.
        values: what the template shows; it fails on a name that is missing.
    """
    html = (
        _environment()
        .get_template(name)
        .render(t=wording.TEXTS[language], language=language, style=address_of("pages.css"), **values)
    )
    return HTMLResponse(html, status, headers={"content-security-policy": OWN_POLICY})


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
    )
