"""Questions, responses and guidelines rendered to safe HTML for raters.

Responses never change, so each is rendered once per process and cached by id. Model names are never read here.
"""

from functools import lru_cache

from app.rendering.html import RenderedTurn, Renderer
from storage.campaigns.campaigns import guidelines
from storage.database.engine import Database
from storage.questions.transcripts import exchange, question_texts

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
        self.guidelines = lru_cache(64)(self._render_guidelines)

    def _render_question(self, question_id: int) -> str:
        """The first user turn of a question."""
        with self._database.reading() as session:
            first, *_ = question_texts(session, question_id)
        return self._renderer.render_turns([RenderedTurn(first, by="user")])

    def _render_response(self, response_id: int) -> str:
        """A response, with the user turns after the first."""
        with self._database.reading() as session:
            prompts, replies = exchange(session, response_id)
        turns = [RenderedTurn(replies[0])] if replies else []
        for prompt, reply in zip(prompts[1:], replies[1:], strict=False):
            turns += [RenderedTurn(prompt, by="user"), RenderedTurn(reply)]
        return self._renderer.render_turns(turns)

    def _render_guidelines(self, campaign_id: int, version: int) -> str:
        """One version of the guidelines of a campaign."""
        with self._database.reading() as session:
            body = guidelines(session, campaign_id, version)
        return self._renderer.render(body)
