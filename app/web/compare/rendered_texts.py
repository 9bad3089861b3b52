"""Questions, responses and guidelines rendered to safe HTML for raters, with the pictures that stand beside the HTML.

Responses never change, so each is rendered once per process and cached by id. Model names are never read here.
"""

from collections.abc import Sequence
from functools import lru_cache

from app.rendering.guidelines import guidelines_html
from app.rendering.html import RenderedTurn, Renderer, render_plain, visible_text
from app.web.compare.protocol import ExpectedAnswer
from app.web.media.page_pictures import PagePicture, pictures_of
from arena.campaigns.open_ballots import GoldFeedback
from storage.campaigns.campaigns import guidelines
from storage.database.engine import Database
from storage.questions.transcripts import ExchangeTurns, exchange, exchange_turns, question_texts, question_turns
from storage.values import Language, Turn, turn_plain_text

LONGEST_EXCERPT = 160
"""Characters of a question in the history and in feedback."""

KEPT_TEXTS = 8_192
"""Rendered responses and questions in the cache; about 40 MB at the usual 5 kB each."""


class RenderedTexts:
    """The texts of a store as HTML."""

    def __init__(self, database: Database, renderer: Renderer) -> None:
        """Render the texts of a store.

        Args:
            database: the store.
            renderer: renders text to safe HTML.
        """
        self._database = database
        self._renderer = renderer
        self.question = lru_cache(KEPT_TEXTS)(self._render_question)
        self.response = lru_cache(KEPT_TEXTS)(self._render_response)
        self.question_pictures = lru_cache(KEPT_TEXTS)(self._find_question_pictures)
        self.response_pictures = lru_cache(KEPT_TEXTS)(self._find_response_pictures)
        self.guidelines = lru_cache(64)(self._render_guidelines)

    def excerpt(self, question_id: int) -> str:
        """The beginning of a question as plain text."""
        with self._database.reading() as session:
            first, *_ = question_texts(session, question_id)
        return visible_text(" ".join(first[: 4 * LONGEST_EXCERPT].split())[:LONGEST_EXCERPT])

    def source(self, question_id: int, response_ids: Sequence[int]) -> tuple[str, list[str]]:
        """A question and responses to it as they were written, as HTML of preformatted text."""
        with self._database.reading() as session:
            first, *_ = question_texts(session, question_id)
            sides = [exchange(session, response) for response in response_ids]
        responses = ["\n\n".join(_turns(side.user_turns, side.answered)) for side in sides]
        return _preformatted(first), [_preformatted(text) for text in responses]

    def expected_answer(self, feedback: GoldFeedback) -> ExpectedAnswer:
        """What a rater is told after a wrong answer to an onboarding item."""
        return ExpectedAnswer(
            question=self.excerpt(feedback.question_id),
            winner=feedback.winner,
            given=feedback.given,
            place=feedback.place,
            dimension=feedback.dimension,
            low=feedback.score_low,
            high=feedback.score_high,
            explanation=None if feedback.explanation is None else visible_text(feedback.explanation),
        )

    def _render_question(self, question_id: int) -> str:
        """The first user turn of a question."""
        with self._database.reading() as session:
            first, *_ = question_turns(session, question_id)
        return self._renderer.render_turns([RenderedTurn(turn_plain_text(first), by="user")])

    def _render_response(self, response_id: int) -> str:
        """A response, with the user turns after the first."""
        with self._database.reading() as session:
            turns = response_turns(exchange_turns(session, response_id))
        return render_response(self._renderer, turns)

    def _find_question_pictures(self, question_id: int) -> tuple[PagePicture, ...]:
        """The pictures of the first user turn of a question."""
        with self._database.reading() as session:
            return pictures_of(session, question_turns(session, question_id)[:1])

    def _find_response_pictures(self, response_id: int) -> tuple[PagePicture, ...]:
        """The pictures of a response, and of the user turns after the first."""
        with self._database.reading() as session:
            return pictures_of(session, response_turns(exchange_turns(session, response_id)))

    def _render_guidelines(self, campaign_id: int, version: int, language: Language) -> str:
        """One version of the guidelines of a campaign, with the part in the reader's language first."""
        with self._database.reading() as session:
            body = guidelines(session, campaign_id, version)
        return guidelines_html(self._renderer, body, language)


def response_turns(sides: ExchangeTurns) -> list[Turn]:
    """What stands in the panel of a response: the first reply, then each later user turn with its reply."""
    turns = sides.answered[:1]
    for prompt, reply in zip(sides.user_turns[1:], sides.answered[1:], strict=False):
        turns += [prompt, reply]
    return turns


def render_response(renderer: Renderer, turns: Sequence[Turn]) -> str:
    """The turns of a response as HTML; pictures are not in it, they stand beside it."""
    return renderer.render_turns(
        RenderedTurn(turn_plain_text(turn), by="user" if number % 2 else "model") for number, turn in enumerate(turns)
    )


def _preformatted(text: str) -> str:
    return f'<pre class="plain">{render_plain(text)}</pre>'


def _turns(prompts: Sequence[str], replies: Sequence[str]) -> list[str]:
    """Return the first reply, then each later prompt with its reply."""
    turns = list(replies[:1])
    for prompt, reply in zip(prompts[1:], replies[1:], strict=False):
        turns += [f"> {prompt}", reply]
    return turns
