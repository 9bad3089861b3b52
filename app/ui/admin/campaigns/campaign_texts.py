"""Texts on a campaign in forms and pages: those of one campaign, or of every kind that a form can still make.

A form for a new campaign holds the texts of all kinds, each in an element `data-asks`; `staff.css` shows those of the
kind that is chosen.
"""

from collections.abc import Sequence

from app.rendering.html import render_plain
from app.ui.admin.parts import Text
from app.ui.markup import Markup
from app.ui.visitor import Visitor
from app.views.campaign_words import SHAPES, counted, say_of
from arena.campaigns.forecast import CampaignForecast
from arena.campaigns.pairing import CellShape


class CampaignTexts:
    """Makes the texts on a campaign for a reader."""

    def __init__(self, visitor: Visitor, *shapes: CellShape) -> None:
        """Make texts.

        Args:
            visitor: the reader.
            shapes: what ballots of the campaign show; none for a form in which that is still to be chosen.
        """
        self.visitor = visitor
        self.shapes: Sequence[CellShape] = shapes or SHAPES

    def say(self, key: str, /, **values: object) -> Text:
        """Return a text, or where it depends on what is chosen its versions, of which the page shows one."""
        versions: dict[str, list[CellShape]] = {}
        for shape in self.shapes:
            versions.setdefault(say_of(self.visitor.language, shape, key, **values), []).append(shape)
        if len(versions) == 1:
            return next(iter(versions))
        return Markup(
            "".join(
                f'<span data-asks="{" ".join(shapes)}">{render_plain(text)}</span>' for text, shapes in versions.items()
            )
        )

    def only(self, content: str, *among: CellShape) -> str:
        """Return HTML that belongs to some shapes; "" where the campaign has another."""
        wanted = [shape for shape in self.shapes if shape in among]
        if wanted == list(self.shapes):
            return content
        return f'<div data-asks="{" ".join(wanted)}">{content}</div>' if wanted else ""


def size_sentence(visitor: Visitor, shape: CellShape, size: CampaignForecast) -> str:
    """Return how large a campaign would be, or why nobody could answer anything in it."""
    language = visitor.language
    if size.n_pairs == 0:
        return say_of(language, shape, "campaign_size_none")
    return say_of(
        language,
        shape,
        "campaign_size",
        models=visitor.say("board_models", n=size.n_models),
        questions=visitor.say("board_questions", n=size.n_questions),
        **_counts(visitor, shape, size),
    )


def created_sentence(visitor: Visitor, shape: CellShape, size: CampaignForecast, name: str) -> str:
    """Return that a campaign is open, and how large it is."""
    return say_of(visitor.language, shape, "campaign_created", name=name, **_counts(visitor, shape, size))


def _counts(visitor: Visitor, shape: CellShape, size: CampaignForecast) -> dict[str, str]:
    return {
        "units_n": counted(visitor.language, shape, "units", size.n_pairs),
        "answers_n": counted(visitor.language, shape, "answers", size.n_votes),
    }
