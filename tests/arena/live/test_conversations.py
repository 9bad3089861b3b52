"""Live conversations from the first prompt to the vote: what is stored, and what is refused."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from sqlalchemy import select, update
from sqlmodel import Session, col

from arena.live.conversations import LiveConversations
from arena.live.creation import LivePlan, create_live_campaign
from arena.live.prompts import LONGEST_PROMPT
from arena.live.records import AnswerOutcome, LiveConversation, LiveVote, Offer, TooManyConversations
from storage.accounts.raters import NewPerson, add_person, erase_person
from storage.campaigns.campaigns import invite_raters
from storage.conversations.conversations import publishable_keys
from storage.conversations.live_campaigns import LiveSettings, answer_counts, switch_model
from storage.conversations.uploads import search_pictures
from storage.database.conversation_tables import Conversation, ConversationAnswer
from storage.database.engine import Database, open_database
from storage.database.tables import Ballot, Question, Rater, Response
from storage.errors import BadInput, Conflict, NotFound
from storage.exchange.publication.rows import publish
from storage.ledger import chain
from storage.ledger.battle_reading import Selection, read_battles
from storage.questions.questions import ensure_models
from storage.upkeep.verification import verify
from storage.values import AnswerState, ConversationState, RaterKind, ResponseState, Role, Winner
from tests.clocks import START, Clock

MODELS = ("wren-2b", "finch-7b", "robin-1b")


@dataclass
class LiveStore:
    """A store with one live campaign, its service and two raters."""

    database: Database
    clock: Clock
    live: LiveConversations
    campaign: int
    models: dict[str, int]
    rater: int
    other: int

    def answered(self, talk: LiveConversation, text: str = "It scatters.") -> LiveConversation:
        """Both answers to the last prompt stored, and the vote opened."""
        for answer in talk.writing():
            self.live.answered(talk, answer.id, AnswerOutcome(text, "stop", AnswerState.done, 7, 3, 0.1, 0.5, 0.02))
        return self.live.ready(talk)

    def begun(self, prompt: str = "Why is the sky blue?") -> LiveConversation:
        return self.live.begin(self.rater, self.campaign, prompt, publishable=False)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = open_database(database_url)
    yield opened
    opened.close()


@pytest.fixture
def arena(database: Database) -> LiveStore:
    clock, names = Clock(), iter(range(10**6))
    with database.writing() as session:
        models = ensure_models(session, MODELS)
        plan = LivePlan("Live", MODELS, LiveSettings(most_turns=2, daily_limit=4))
        campaign = create_live_campaign(session, plan, now=START)
        raters = [
            Rater(kind=RaterKind.human, source="test", key=f"r{i}", role=Role.annotator, created_at=START)
            for i in range(2)
        ]
        session.add_all(raters)
        session.flush()
        ids = [int(rater.id or 0) for rater in raters]
        invite_raters(session, campaign, ids)
    offers = [Offer(number, name, 1.0, {"temperature": 0.7}) for name, number in models.items()]
    live = LiveConversations(
        database, offers, clock=clock, mint=lambda: f"token-{next(names)}", random=random.Random(2).random
    )
    return LiveStore(database, clock, live, campaign, models, ids[0], ids[1])


def test_a_voted_conversation_is_a_question_two_responses_a_ballot_and_a_vote(arena: LiveStore) -> None:
    talk = arena.answered(arena.begun())
    talk = arena.answered(arena.live.go_on(arena.rater, talk.token, "And at dusk?"), "It reddens.")
    revealed = arena.live.vote(arena.rater, talk.token, LiveVote(Winner.model_a, 3.0, comment="clear", strength=2))
    assert revealed.winner == "model_a"
    assert revealed.names is not None
    with arena.database.reading() as session:
        question = session.execute(select(Question).where(col(Question.source) == "live")).scalar_one()
        assert [turn[0]["text"] for turn in question.turns or []] == ["Why is the sky blue?", "And at dusk?"]
        assert question.private
        left, right = (session.get(Response, number) for number in _responses(session, talk))
        assert [left.model_id, right.model_id] == [arena.models[name] for name in revealed.names]  # type: ignore[union-attr]
        assert left.completion_tokens == 6 and left.latency_seconds == 1.0  # type: ignore[union-attr]
        ballot = session.execute(select(Ballot)).scalar_one()
        assert ballot.response_a_id < (ballot.response_b_id or 0)
        assert ballot.probability == pytest.approx(1 / 3)
        battles = read_battles(session, Selection())
        assert len(battles) == 1
    arena.live.vote(arena.rater, talk.token, LiveVote(Winner.tie))
    with arena.database.reading() as session:
        assert len(read_battles(session, Selection())) == 1


def _responses(session: Session, talk: LiveConversation) -> tuple[int, int]:
    row = session.execute(select(Conversation).where(col(Conversation.token) == talk.token)).scalar_one()
    return row.response_a_id, row.response_b_id


def test_no_vote_before_both_answers_are_there_and_none_by_another_rater(arena: LiveStore) -> None:
    talk = arena.begun()
    with pytest.raises(Conflict, match="both answers"):
        arena.live.vote(arena.rater, talk.token, LiveVote(Winner.tie))
    arena.live.answered(talk, talk.writing()[0].id, AnswerOutcome("One is there."))
    assert arena.live.ready(talk).state is ConversationState.writing
    with pytest.raises(NotFound):
        arena.live.vote(arena.other, talk.token, LiveVote(Winner.tie))
    with pytest.raises(NotFound):
        arena.live.go_on(arena.other, talk.token, "Mine?")
    with pytest.raises(NotFound):
        arena.live.again(arena.other, talk.token)
    with pytest.raises(NotFound):
        arena.live.conversation(arena.other, talk.token)
    assert arena.live.state(arena.other).conversation is None


def test_two_tabs_hold_one_conversation(arena: LiveStore) -> None:
    talk = arena.begun()
    with pytest.raises(Conflict, match="open conversation"):
        arena.begun()
    again = arena.live.state(arena.rater).conversation
    assert again is not None
    assert again.token == talk.token
    arena.live.leave(arena.rater, talk.token)
    assert arena.live.state(arena.rater).conversation is None
    with pytest.raises(Conflict):
        arena.live.vote(arena.rater, talk.token, LiveVote(Winner.tie))


def test_an_answer_that_names_its_model_voids_the_vote_and_keeps_the_place(arena: LiveStore) -> None:
    talk = arena.begun("Is wren-2b better than Claude?")
    for text, answer in zip(("Claude is a name.", "I am Claude, by Anthropic."), talk.writing(), strict=True):
        arena.live.answered(talk, answer.id, AnswerOutcome(text))
    assert arena.live.ready(talk).is_void
    revealed = arena.live.vote(arena.rater, talk.token, LiveVote(Winner.model_b))
    assert revealed.is_void
    with arena.database.reading() as session:
        assert len(read_battles(session, Selection())) == 0
        assert chain.head(session)[0] == 2


def test_the_raters_own_words_never_void_a_vote(arena: LiveStore) -> None:
    talk = arena.answered(arena.begun("I am Claude. Is wren-2b good?"), "The wren-2b is fine.")
    assert not arena.live.vote(arena.rater, talk.token, LiveVote(Winner.tie)).is_void


def test_a_model_that_fails_at_first_gives_way_with_its_probability(arena: LiveStore) -> None:
    talk = arena.begun()
    failing = talk.writing()[0]
    talk = arena.live.failed(talk, failing, "timeout")
    assert talk.state is ConversationState.writing
    replaced = talk.latest()[failing.side]
    assert replaced.model_id not in (failing.model_id, talk.latest()["b" if failing.side == "a" else "a"].model_id)
    with arena.database.reading() as session:
        row = session.execute(select(Conversation)).scalar_one()
        assert (row.probability_drawn, row.probability_shown) == pytest.approx((1 / 3, 1.0))
        assert answer_counts(session)[failing.model_id].failure_rate == 1.0
    talk = arena.answered(talk)
    arena.live.vote(arena.rater, talk.token, LiveVote(Winner.tie))
    with arena.database.reading() as session:
        assert chain.head(session)[0] == 1


def test_a_model_that_fails_in_the_middle_ends_the_pair_without_a_vote(arena: LiveStore) -> None:
    talk = arena.begun()
    arena.live.shown(talk)
    talk = arena.live.failed(talk, talk.writing()[0], "broken")
    assert (talk.state, talk.cause) == (ConversationState.ended, "failed")
    with arena.database.reading() as session:
        assert chain.head(session)[0] == 0
        assert session.execute(select(Response)).first() is None


def test_asking_again_replaces_the_pair_and_keeps_both_in_the_record(arena: LiveStore) -> None:
    talk = arena.answered(arena.begun(), "first")
    again = arena.live.again(arena.rater, talk.token)
    with pytest.raises(Conflict):
        arena.live.vote(arena.rater, talk.token, LiveVote(Winner.tie))
    done = arena.answered(again, "second")
    assert [answer.text for answer in done.answers] == ["second", "second"]
    arena.live.vote(arena.rater, talk.token, LiveVote(Winner.both_bad))
    with arena.database.reading() as session:
        assert [turns[0][0]["text"] for turns in session.execute(select(col(Response.turns))).scalars()] == [
            "second"
        ] * 2


def test_a_stopped_answer_is_a_truncated_response(arena: LiveStore) -> None:
    talk = arena.begun()
    for answer in talk.writing():
        arena.live.answered(talk, answer.id, AnswerOutcome("It sca", "stopped", AnswerState.stopped))
    arena.live.ready(talk)
    arena.live.vote(arena.rater, talk.token, LiveVote(Winner.tie))
    with arena.database.reading() as session:
        assert set(session.execute(select(col(Response.state))).scalars()) == {ResponseState.truncated}


def test_prompts_turns_and_days_have_limits(arena: LiveStore) -> None:
    with pytest.raises(BadInput, match="at most"):
        arena.begun("x" * (LONGEST_PROMPT + 1))
    with pytest.raises(BadInput, match="empty"):
        arena.begun(" \n")
    talk = arena.answered(arena.begun())
    arena.answered(arena.live.go_on(arena.rater, talk.token, "More?"))
    with pytest.raises(Conflict, match="all its turns"):
        arena.live.go_on(arena.rater, talk.token, "And more?")
    arena.live.leave(arena.rater, talk.token)
    for _ in range(3):
        arena.live.leave(arena.rater, arena.begun().token)
    with pytest.raises(TooManyConversations):
        arena.begun()
    arena.clock.forward(days=2)
    assert arena.begun()


def test_a_model_that_is_switched_off_is_not_drawn(arena: LiveStore) -> None:
    with arena.database.writing() as session:
        switch_model(session, arena.models["wren-2b"], is_on=False, actor_id=None, now=START)
    talk = arena.begun()
    assert {answer.model_id for answer in talk.answers} == {arena.models["finch-7b"], arena.models["robin-1b"]}
    arena.live.leave(arena.rater, talk.token)
    with arena.database.writing() as session:
        switch_model(session, arena.models["finch-7b"], is_on=False, actor_id=None, now=START)
        switch_model(session, arena.models["finch-7b"], is_on=False, actor_id=None, now=START)
    with pytest.raises(BadInput, match="at least two models"):
        arena.begun()


def test_erasing_a_person_erases_the_conversations_and_keeps_the_votes_with_private_questions(arena: LiveStore) -> None:
    with arena.database.writing() as session:
        person = add_person(session, NewPerson("ann", "hash", "key-of-ann"), now=START)
        invite_raters(session, arena.campaign, [person])
    talk = arena.answered(arena.live.begin(person, arena.campaign, "My secret", publishable=True))
    arena.live.vote(person, talk.token, LiveVote(Winner.model_a))
    under_way = arena.live.begin(person, arena.campaign, "My other secret", publishable=True)
    kept = arena.answered(arena.begun("Not a secret"))
    with arena.database.writing() as session:
        erase_person(session, person, search_pictures(session, person), now=START)
    arena.answered(under_way, "An answer that came late.")
    with arena.database.reading() as session:
        rows = session.execute(select(Conversation).order_by(col(Conversation.id))).scalars().all()
        answers = session.execute(select(ConversationAnswer)).scalars().all()
        question = session.execute(select(Question)).scalar_one()
        assert len(read_battles(session, Selection())) == 1
        assert publishable_keys(session) == set()
    assert [(row.turns, row.publishable, row.state) for row in rows] == [
        ([], False, ConversationState.voted),
        ([], False, ConversationState.ended),
        (["Not a secret"], False, ConversationState.ready),
    ]
    assert question.private
    others = {answer.text for answer in answers if answer.conversation_id != rows[-1].id}
    assert (others, kept.prompts) == ({""}, ("Not a secret",))


def test_consent_can_be_given_and_taken_back(arena: LiveStore) -> None:
    talk = arena.answered(arena.live.begin(arena.rater, arena.campaign, "Hello", publishable=True))
    arena.live.vote(arena.rater, talk.token, LiveVote(Winner.tie))
    for publishable in (False, True, False):
        arena.live.consent(arena.rater, talk.token, publishable=publishable)
        with arena.database.reading() as session:
            assert session.execute(select(col(Question.private))).scalar_one() is not publishable
            published = publish(session, Selection(), shuffle=lambda number: list(range(number)))
            assert ("Hello" in str(published.rows)) is publishable


def test_a_live_campaign_hides_its_models_and_has_two(arena: LiveStore) -> None:
    for name, models in (("Wren first", MODELS), ("", MODELS), ("One", MODELS[:1])):
        with arena.database.writing() as session, pytest.raises(BadInput):
            create_live_campaign(session, LivePlan(name, models), now=START)


def test_a_check_of_the_store_finds_a_picture_that_a_conversation_lost(arena: LiveStore) -> None:
    arena.begun()
    part = {"type": "image", "media": "ab" * 32, "alt": ""}
    with arena.database.writing() as session:
        session.execute(update(Conversation).values(turns=["Who?", [part]]))
    (finding,) = verify(arena.database).findings
    assert finding.message.startswith("conversation 1 shows the picture abab")
