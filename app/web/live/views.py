"""What the page may know of a conversation, as JSON with rendered texts.

Before a vote nothing here depends on which model wrote which answer: no names, numbers, times or reasons to stop.
"""

from collections.abc import Mapping
from typing import Any

from app.rendering.html import RenderedTurn, Renderer
from app.web.compare.rendered_texts import RenderedTexts
from app.web.compare.requests import LONGEST_DESCRIPTION
from app.web.live.picture_upload import TYPES
from app.web.media.page_pictures import PagePicture, pictures_of
from arena.live.conversations import LiveConversations
from arena.live.pictures import LARGEST_PICTURE, MOST_PICTURES
from arena.live.records import LiveConversation
from storage.campaigns.campaigns import campaign_row
from storage.database.engine import Database
from storage.values import AnswerState, ConversationState, Language, Turn


class LiveViews:
    """Renders conversations and campaigns for one rater."""

    def __init__(self, database: Database, live: LiveConversations, renderer: Renderer, texts: RenderedTexts) -> None:
        """Render the conversations of a store."""
        self._database, self._live, self._renderer, self._texts = database, live, renderer, texts

    def state(self, rater_id: int, campaign_id: int | None, language: Language) -> dict[str, Any]:
        """The campaigns of a rater, the chosen one, and the open conversation."""
        state = self._live.state(rater_id, campaign_id)
        talk = state.conversation
        number = talk.campaign_id if talk is not None else campaign_id
        if number not in state.campaigns:
            number = next(iter(state.campaigns), None) if talk is None else number
        return {
            "campaign": None if number is None else self._campaign(number, language),
            "campaigns": [{"id": one, "name": name} for one, name in state.campaigns.items()],
            "conversation": None if talk is None else self.conversation(talk),
            "voted": state.n_voted,
            "others": state.has_pairs,
            "live": False,
        }

    def conversation(self, talk: LiveConversation) -> dict[str, Any]:
        """One conversation as its rater may see it."""
        answers = {(one.turn, one.side): one for one in talk.answers}
        last, pictures = len(talk.prompts) - 1, self._pictures(talk)
        turns: list[Mapping[str, Any]] = []
        for turn, prompt in enumerate(talk.prompts):
            is_hidden = turn == last and talk.state is ConversationState.writing
            sides = {} if is_hidden else {side: answers.get((turn, side)) for side in ("a", "b")}
            shown = {
                side: self._renderer.render_turns([RenderedTurn(one.text)])
                for side, one in sides.items()
                if one is not None and one.state is not AnswerState.writing
            }
            rendered = self._renderer.render_turns([RenderedTurn(prompt, by="user")])
            beside = {"pictures": pictures[turn]} if turn in pictures else {}
            turns.append({"prompt": rendered, **beside, **shown})
        told: dict[str, Any] = {
            "token": talk.token,
            "campaign": talk.campaign_id,
            "state": talk.state.value,
            "turns": turns,
            "may_go_on": talk.state is ConversationState.ready and len(turns) < talk.settings.most_turns,
            "may_attach": bool(talk.pictures),
            "publishable": talk.publishable,
            "cause": talk.cause,
        }
        if talk.state is ConversationState.voted:
            told |= {"winner": talk.winner, "void": talk.is_void, "names": talk.names}
        return told

    def _pictures(self, talk: LiveConversation) -> Mapping[int, tuple[PagePicture, ...]]:
        """The pictures of each prompt that has any."""
        if not talk.pictures:
            return {}
        with self._database.reading() as session:
            found: dict[int, tuple[PagePicture, ...]] = {}
            for turn, parts in talk.pictures.items():
                told: Turn = list(parts)
                found[turn] = pictures_of(session, [told])
            return found

    def _campaign(self, number: int, language: Language) -> dict[str, Any]:
        with self._database.reading() as session:
            row = campaign_row(session, number)
        settings, n_seeing = self._live.settings(number), self._live.n_seeing(number)
        return {
            "id": number,
            "name": row.name,
            "guidelines": self._texts.guidelines(number, row.guidelines_version, language),
            "guidelines_version": row.guidelines_version,
            "example": row.example,
            "examples": list(settings.examples),
            "most_turns": settings.most_turns,
            "reveals": settings.reveals,
            "images": {
                "refusal": None if settings.images and n_seeing > 1 else "too_few" if settings.images else "off",
                "most": MOST_PICTURES,
                "bytes": LARGEST_PICTURE,
                "types": TYPES,
                "longest": LONGEST_DESCRIPTION,
            },
        }
