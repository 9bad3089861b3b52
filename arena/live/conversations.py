"""The pipeline of live conversations: begin, answer, go on, ask again, vote.

    live = LiveConversations(database, offers, clock=…, mint=…, random=…)
    talk = live.begin(rater_id, campaign_id, "Why is the sky blue?", publishable=False)
    live.answered(talk.writing()[0].id, AnswerOutcome("Because …"))
    revealed = live.vote(rater_id, talk.token, LiveVote(Winner.model_a))

Each call is one transaction. It asks no model: the caller does, and reports what came.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection

from arena.live.conversation_reading import has_pictures, read_conversation
from arena.live.drawing import LivePair, draw_model, draw_pair, shown_probability
from arena.live.identity import IdentityScan, asks_for_identity
from arena.live.pictures import prompt_turn
from arena.live.prompts import check_pictures, checked_prompt
from arena.live.records import (
    AnswerOutcome,
    LiveAnswer,
    LiveConversation,
    LiveState,
    LiveVote,
    Offer,
    TooManyConversations,
    WrongPictures,
)
from storage.campaigns.ballots import lock_rater
from storage.campaigns.campaigns import campaign_row, open_to
from storage.conversations import conversations
from storage.conversations.conversations import ConversationRow
from storage.conversations.live_campaigns import LiveSettings, count, live_settings, models_of, switched_off
from storage.conversations.voting import ConversationVote, record_vote, recorded_winner, set_publishable
from storage.database.engine import Database, connection_of
from storage.errors import Conflict, NotFound
from storage.values import (
    AnswerState,
    CampaignKind,
    ConversationState,
    storable_text,
)

DAY = timedelta(days=1)


class LiveConversations:
    """The conversations of one store; thread-safe.

    Attributes:
        database: the store.
    """

    def __init__(
        self,
        database: Database,
        offers: Sequence[Offer],
        *,
        clock: Callable[[], datetime],
        mint: Callable[[], str],
        random: Callable[[], float],
        makers: Sequence[str] = (),
    ) -> None:
        """Serve a store.

        Args:
            database: the store.
            offers: the models on offer, which are in the store.
            clock: the present time in UTC.
            mint: makes a fresh, unguessable token.
            random: draws a number from 0 to below 1.
            makers: names that give a model away where an answer speaks of itself.
        """
        self.database, self._clock, self._mint, self._random = database, clock, mint, random
        self._offers = {offer.model_id: offer for offer in offers}
        self._scan = IdentityScan((offer.name for offer in offers), also=makers)

    def state(self, rater_id: int, campaign_id: int | None = None) -> LiveState:
        """The campaigns of a rater and the open conversation."""
        with self.database.reading() as session:
            mine = open_to(session, rater_id, CampaignKind.live)
            row = conversations.open_conversation(connection_of(session), rater_id)
            number = row.campaign_id if row is not None else campaign_id or next(iter(mine), 0)
            voted = conversations.n_voted(connection_of(session), rater_id, number)
            has_pairs = bool(open_to(session, rater_id, CampaignKind.pairwise))
            talk = None if row is None else read_conversation(connection_of(session), row)
            return LiveState(mine, talk, voted, has_pairs)

    def offers(self) -> list[Offer]:
        """The models on offer."""
        return list(self._offers.values())

    def switched_off(self) -> set[int]:
        """The ids of the models that are not drawn because an administrator has switched them off."""
        with self.database.reading() as session:
            return switched_off(session)

    def settings(self, campaign_id: int) -> LiveSettings:
        """The settings of a live campaign. Raises `NotFound` if there is none with this number."""
        with self.database.reading() as session:
            return live_settings(session, campaign_id)

    def conversation(self, rater_id: int, token: str) -> LiveConversation:
        """One conversation of a rater. Raises `NotFound` if this rater has none with this token."""
        with self.database.reading() as session:
            row = conversations.own_conversation(connection_of(session), rater_id, token)
            read = read_conversation(connection_of(session), row)
            if row.state != ConversationState.voted:
                return read
            return self._revealed(read, row, recorded_winner(session, row))

    def n_seeing(self, campaign_id: int) -> int:
        """The number of models of a campaign that read images and can be drawn now."""
        with self.database.reading() as session:
            return len(self._weights(connection_of(session), campaign_id, seeing=True))

    def begin(
        self,
        rater_id: int,
        campaign_id: int,
        prompt: str,
        *,
        publishable: bool,
        pictures: Mapping[str, str] = MappingProxyType({}),
        category: str | None = None,
    ) -> LiveConversation:
        """Draw two models for a prompt and store what is to be answered; with images, of the models that read them.

        Args:
            rater_id: the rater.
            campaign_id: the campaign.
            prompt: the first prompt.
            publishable: whether the rater allows to publish the conversation.
            pictures: images that this rater has sent and that belong to the prompt: their descriptions, "" for none,
                by digest.
            category: ability that the rater says the prompt is about, one of `ABILITIES`; None for none.

        Raises:
            NotFound: the rater has nothing to do with this campaign.
            Conflict: an open conversation exists.
            TooManyConversations: the daily limit is reached.
            BadInput: an empty or too long prompt, or fewer than two models that can answer.
            WrongPictures: images that are not this rater's, are too many, or are not taken by the campaign.
            TooFewModelsSee: images, and fewer than two models that read them.
        """
        prompt, now = checked_prompt(prompt), self._clock()
        with self.database.writing() as session:
            lock_rater(connection := connection_of(session), rater_id)
            settings = self._admit(connection, rater_id, campaign_id, now)
            weights = self._weights(connection, campaign_id, seeing=bool(pictures))
            check_pictures(pictures, is_taken=settings.images, n_seeing=len(weights))
            values = {
                "campaign_id": campaign_id,
                "rater_id": rater_id,
                "token": self._mint(),
                "state": ConversationState.writing,
                "turns": [prompt_turn(connection, rater_id, prompt, pictures, now=now)],
                "guidelines_version": campaign_row(connection, campaign_id).guidelines_version,
                "publishable": publishable,
                "category": category,
                "identity_prompts": int(asks_for_identity(prompt)),
                "created_at": now,
            }
            return self._add(connection, values, draw_pair(weights, self._random))

    def _add(self, connection: Connection, values: Mapping[str, Any], pair: LivePair) -> LiveConversation:
        """Store a conversation with a pair of models and ask both."""
        models = {"model_a_id": pair.left, "model_b_id": pair.right}
        probabilities = {"probability_drawn": pair.probability, "probability_shown": pair.probability}
        number = conversations.add_conversation(connection, {**values, **models, **probabilities})
        self._ask(connection, number, 0, 0, (pair.left, pair.right))
        return read_conversation(
            connection, conversations.own_conversation(connection, values["rater_id"], values["token"])
        )

    def _admit(self, connection: Connection, rater_id: int, campaign_id: int, now: datetime) -> LiveSettings:
        """The settings of a campaign in which a rater may begin a conversation now."""
        if campaign_id not in open_to(connection, rater_id, CampaignKind.live):
            raise NotFound("this campaign does not exist or is not yours; choose another")
        if conversations.open_conversation(connection, rater_id) is not None:
            raise Conflict("there is an open conversation of yours already; reload the page")
        settings = live_settings(connection, campaign_id)
        limit = settings.daily_limit
        if limit is not None and conversations.n_begun(connection, rater_id, since=now - DAY) >= limit:
            raise TooManyConversations(f"expected at most {limit} conversations a day, got one more; go on tomorrow")
        return settings

    def go_on(
        self, rater_id: int, token: str, prompt: str, *, pictures: Mapping[str, str] = MappingProxyType({})
    ) -> LiveConversation:
        """Add a prompt to a conversation whose answers are both there.

        Images go only into a conversation that began with one, because both its models certainly read them.

        Raises:
            NotFound: this rater has no such conversation.
            Conflict: it is not ready, or has all its turns.
            BadInput: an empty or too long prompt.
            WrongPictures: images that are not this rater's, are too many, or come into a conversation without any.
        """
        prompt = checked_prompt(prompt)
        with self.database.writing() as session:
            connection, row = self._ready(connection_of(session), rater_id, token)
            if len(row.turns) >= live_settings(connection, row.campaign_id).most_turns:
                raise Conflict("this conversation has all its turns; vote, or begin a new one")
            if pictures and not has_pictures(row):
                raise WrongPictures("this conversation began without an image; begin a new one to show images")
            conversations.change_conversation(
                connection,
                row.id,
                turns=[*row.turns, prompt_turn(connection, rater_id, prompt, pictures, now=self._clock())],
                state=ConversationState.writing,
                identity_prompts=row.identity_prompts + asks_for_identity(prompt),
            )
            self._ask(connection, row.id, len(row.turns), 0, (row.model_a_id, row.model_b_id))
            return read_conversation(connection, conversations.own_conversation(connection, rater_id, token))

    def again(self, rater_id: int, token: str) -> LiveConversation:
        """Ask both models for another answer to the last prompt; the former pair no longer belongs to it."""
        with self.database.writing() as session:
            connection, row = self._ready(connection_of(session), rater_id, token)
            turn = len(row.turns) - 1
            last = [one for one in conversations.standing_answers(connection, row.id) if one.turn == turn]
            for answer in last:
                conversations.change_answer(connection, answer.id, state=AnswerState.replaced)
            conversations.change_conversation(connection, row.id, state=ConversationState.writing)
            self._ask(connection, row.id, turn, last[0].round + 1, (row.model_a_id, row.model_b_id))
            return read_conversation(connection, conversations.own_conversation(connection, rater_id, token))

    def leave(self, rater_id: int, token: str) -> None:
        """End a conversation without a vote; nothing counts for or against a model."""
        with self.database.writing() as session:
            connection = connection_of(session)
            row = self._locked(connection, rater_id, token)
            if row.state in conversations.OPEN:
                self._end(connection, row.id, "left")

    def consent(self, rater_id: int, token: str, *, publishable: bool) -> None:
        """Allow to publish a conversation, or take that back."""
        with self.database.writing() as session:
            row = self._locked(connection_of(session), rater_id, token)
            set_publishable(session, row, publishable=publishable)

    def requested(self, answer_id: int, requests: int) -> None:
        """Count a request that is about to be sent again for an answer."""
        with self.database.writing() as session:
            conversations.change_answer(connection_of(session), answer_id, requests=requests)

    def answered(self, talk: LiveConversation, answer_id: int, outcome: AnswerOutcome) -> None:
        """Store a finished answer, with the places that name a model; without its text once the rater is erased."""
        spans = [span._asdict() for span in self._scan.spans(outcome.text, talk.prompts)]
        with self.database.writing() as session:
            connection = connection_of(session)
            values = {**vars(outcome), "text": storable_text(outcome.text), "spans": spans or None}
            if self._locked(connection, talk.rater_id, talk.token).cause == conversations.ERASED:
                values |= {"text": "", "spans": None}
            conversations.change_answer(connection, answer_id, ended_at=self._clock(), **values)

    def shown(self, talk: LiveConversation) -> None:
        """Record that the rater sees the first part of an answer: from now on no model gives way."""
        with self.database.writing() as session:
            conversations.change_conversation(connection_of(session), talk.id, shown_at=self._clock())

    def ready(self, talk: LiveConversation) -> LiveConversation:
        """Open the vote, once both answers to the last prompt are stored and shown."""
        with self.database.writing() as session:
            connection = connection_of(session)
            row = self._locked(connection, talk.rater_id, talk.token)
            read = read_conversation(connection, row)
            if row.state != ConversationState.writing or read.writing() or len(read.latest()) < 2:
                return read
            conversations.change_conversation(connection, row.id, state=ConversationState.ready)
            return read_conversation(connection, conversations.own_conversation(connection, talk.rater_id, talk.token))

    def failed(self, talk: LiveConversation, answer: LiveAnswer, cause: str) -> LiveConversation:
        """Record that a model failed: before anything was shown another one takes its place, else the pair ends."""
        with self.database.writing() as session:
            connection = connection_of(session)
            row = self._locked(connection, talk.rater_id, talk.token)
            now = self._clock()
            conversations.change_answer(
                connection, answer.id, state=AnswerState.failed, cause=cause[:200], ended_at=now
            )
            if row.state == ConversationState.writing:
                self._give_way(connection, row, answer)
            return read_conversation(connection, conversations.own_conversation(connection, talk.rater_id, talk.token))

    def moderated(self, talk: LiveConversation, answer: LiveAnswer, cause: str) -> LiveConversation:
        """End a conversation in which moderation refused an answer; no model failed."""
        with self.database.writing() as session:
            connection = connection_of(session)
            row = self._locked(connection, talk.rater_id, talk.token)
            now = self._clock()
            conversations.change_answer(
                connection, answer.id, state=AnswerState.stopped, cause=cause, text="", ended_at=now
            )
            if row.state == ConversationState.writing:
                self._end(connection, row.id, cause)
            return read_conversation(connection, conversations.own_conversation(connection, talk.rater_id, talk.token))

    def count(self, name: str) -> None:
        """Count one more finding of moderation."""
        with self.database.writing() as session:
            count(session, name)

    def vote(self, rater_id: int, token: str, vote: LiveVote) -> LiveConversation:
        """Record a vote, once; the same token again returns the vote that was recorded first.

        Raises:
            NotFound: this rater has no such conversation.
            Conflict: not both answers are there, or it ended without a vote.
        """
        with self.database.writing() as session:
            row = self._locked(connection_of(session), rater_id, token)
            if row.state == ConversationState.ready:
                given = {
                    "winner": vote.winner,
                    "seconds": vote.seconds,
                    "flag": vote.flag,
                    "strength": vote.strength,
                    "reasons": list(vote.reasons) or None,
                }
                salt = self._mint() if vote.comment else ""
                full = ConversationVote(given, vote.comment, salt, vote.hidden_seconds)
                record_vote(session, row, full, now=self._clock())
                row = conversations.own_conversation(connection_of(session), rater_id, token)
            elif row.state != ConversationState.voted:
                raise Conflict("both answers must be complete before a vote; wait for them")
            read = read_conversation(connection_of(session), row)
            return self._revealed(read, row, recorded_winner(session, row))

    def _weights(self, connection: Connection, campaign_id: int, *, seeing: bool) -> dict[int, float]:
        """The weights of the models that a campaign can draw now; with `seeing`, of those that read images."""
        off, here = switched_off(connection), models_of(connection, campaign_id)
        able = {one: offer for one, offer in self._offers.items() if offer.sees or not seeing}
        return {one: able[one].weight for one in here if one in able and one not in off}

    def _ask(self, connection: Connection, number: int, turn: int, round_: int, models: tuple[int, int]) -> None:
        for side, model in zip(conversations.SIDES, models, strict=True):
            self._ask_one(connection, number, (turn, round_, side), model)

    def _ask_one(self, connection: Connection, number: int, place: tuple[int, int, str], model: int) -> None:
        turn, round_, side = place
        values = {
            "conversation_id": number,
            "turn": turn,
            "round": round_,
            "side": side,
            "model_id": model,
            "state": AnswerState.writing,
            "settings": dict(self._offers[model].settings),
            "created_at": self._clock(),
        }
        conversations.add_answer(connection, values)

    def _give_way(self, connection: Connection, row: ConversationRow, answer: LiveAnswer) -> None:
        failed = conversations.failed_models(connection, row.id)
        weights = self._weights(connection, row.campaign_id, seeing=has_pictures(row))
        other = row.model_b_id if answer.side == "a" else row.model_a_id
        rivals = {model: weight for model, weight in weights.items() if model not in failed | {other}}
        if row.shown_at is not None or not rivals or other not in weights:
            self._end(connection, row.id, "failed")
            return
        model = draw_model(rivals, self._random)
        everyone = weights | {one: self._offers[one].weight for one in failed if one in self._offers}
        probability = shown_probability(everyone, model, other, failed - {other})
        column = "model_a_id" if answer.side == "a" else "model_b_id"
        conversations.change_conversation(
            connection, row.id, probability_shown=min(1.0, probability), **{column: model}
        )
        self._ask_one(connection, row.id, (answer.turn, 0, answer.side), model)

    def _end(self, connection: Connection, number: int, cause: str) -> None:
        now = self._clock()
        conversations.change_conversation(connection, number, state=ConversationState.ended, cause=cause, ended_at=now)

    def _locked(self, connection: Connection, rater_id: int, token: str) -> ConversationRow:
        lock_rater(connection, rater_id)
        return conversations.own_conversation(connection, rater_id, token)

    def _ready(self, connection: Connection, rater_id: int, token: str) -> tuple[Connection, ConversationRow]:
        row = self._locked(connection, rater_id, token)
        if row.state != ConversationState.ready:
            raise Conflict("both answers must be complete first, and the conversation open; reload the page")
        return connection, row

    def _revealed(self, read: LiveConversation, row: ConversationRow, winner: str | None) -> LiveConversation:
        names = tuple(self._name(model) for model in (row.model_a_id, row.model_b_id))
        return replace(read, winner=winner, names=(names[0], names[1]) if read.settings.reveals else None)

    def _name(self, model_id: int) -> str:
        offer = self._offers.get(model_id)
        return "" if offer is None else offer.name
