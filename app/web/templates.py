"""Server-rendered pages: Jinja with autoescaping, the style sheets of all pages, no scripts."""

import re
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.responses import HTMLResponse

from app.web import wording
from app.web.connections.sub_path import with_prefix
from app.web.headers import OWN_POLICY
from app.web.static_files import address_of
from storage.values import Language

FOLDER = Path(__file__).parent / "templates"
_SENTENCE_END = re.compile(r"(?<=\.) |(?<=。)")
STYLES = ("tokens.css", "parts.css", "content.css", "pages.css")


def page(name: str, language: Language, *, status: int = 200, **values: object) -> HTMLResponse:
    """Render a page.

    Args:
        name: file name of the template.
        language: language of the texts.
        status: HTTP status of the response.
        values: template variables; a missing one raises an error.
    """
    html = (
        _environment()
        .get_template(name)
        .render(t=wording.TEXTS[language], language=language, styles=[address_of(name) for name in STYLES], **values)
    )
    return HTMLResponse(with_prefix(html.encode()), status, headers={"content-security-policy": OWN_POLICY})


def message_page(text: str, language: Language, *, status: int, has_start: bool = True) -> HTMLResponse:
    """Render a page with a message, its first sentence as the heading.

    Args:
        text: one sentence or several.
        language: language of the text.
        status: HTTP status of the response.
        has_start: whether the page leads to the start page; people of a platform cannot sign in there.
    """
    heading, *more = _SENTENCE_END.split(text, maxsplit=1)
    return page("message.html", language, status=status, heading=heading, more=more, has_start=has_start)


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
    )
