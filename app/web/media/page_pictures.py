"""The pictures of questions and responses as pages show them: an address and a size, never a name.

The address is the digest of the bytes, which is the same whichever model or file a picture comes from.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session

from app.rendering.html import render_plain, visible_text
from storage.media.stored_pictures import find_pictures
from storage.values import Turn, turn_images


@dataclass(frozen=True)
class PagePicture:
    """A picture on a page.

    Attributes:
        url: address within the site.
        alt: what it shows, plain text; empty if unsaid.
        width: width in pixels.
        height: height in pixels.
        turn: number of its turn in the text beside it.
        gone: whether it was deleted, so that a sentence stands in its place.
    """

    url: str
    alt: str
    width: int
    height: int
    turn: int = 0
    gone: bool = False


def pictures_of(session: Session, turns: Sequence[Turn]) -> tuple[PagePicture, ...]:
    """The pictures of some turns, in their order; one that is not in the store counts as gone."""
    named = [(number, part) for number, turn in enumerate(turns) for part in turn_images(turn)]
    if not named:
        return ()
    facts = find_pictures(session, {part["media"] for _, part in named})
    shown = []
    for number, part in named:
        found = facts.get(part["media"])
        gone = found is None or found.erased_at is not None
        width, height = (1, 1) if found is None else (found.width, found.height)
        shown.append(PagePicture(address_of(part["media"]), visible_text(part["alt"]), width, height, number, gone))
    return tuple(shown)


def address_of(sha256: str) -> str:
    """The address of a picture within the site."""
    return f"/media/{sha256}"


def pictures_html(pictures: Sequence[PagePicture], gone: str) -> str:
    """Pictures as safe HTML for pages that a server writes; `gone` is the sentence for deleted ones."""
    parts = []
    for one in pictures:
        if one.gone:
            parts.append(f'<p class="ev-picture is-gone">{render_plain(gone)}</p>')
        else:
            image = f'<img src="{one.url}" alt="{render_plain(one.alt)}" width="{one.width}" height="{one.height}"'
            link = f'<a class="ev-still" href="{one.url}" target="_blank" rel="noopener">'
            parts.append(f'{link}{image} loading="lazy" decoding="async"></a>')
    return f'<div class="ev-stills">{"".join(parts)}</div>' if parts else ""
