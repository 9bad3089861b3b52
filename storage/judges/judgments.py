"""Judges as raters, their calls, and the rows that their replies become.

A reply is stored as a `JudgeCall` at once; its judgment or score becomes a ledgered row once all of its calls are in.
Until then a call belongs to no row and is found by the digest of its request, which covers all that the reply depends
on.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, Literal, NamedTuple

from sqlalchemy import BindParameter, Text, and_, bindparam, cast, insert, select, update
from sqlmodel import Session

from storage.database.bulk import in_lists, insert_columns, take_ids
from storage.database.columns import table_of
from storage.database.ledger_tables import JudgeCall, Judgment, Satisfaction
from storage.database.tables import Question, Rater, Response
from storage.ledger import standing
from storage.ledger.chain import append
from storage.values import Json, RaterKind, Turn, read_json, storable_json, storable_text, turn_images, turn_text

LedgerKind = Literal["judgement", "satisfaction"]

QUESTION = 0
"""In the place of a response's id, in `QuestionTexts.illustrated`."""

_CALL, _JUDGMENT, _SATISFACTION = table_of(JudgeCall), table_of(Judgment), table_of(Satisfaction)
_QUESTION, _RATER, _RESPONSE = table_of(Question), table_of(Rater), table_of(Response)
_LINK = update(_CALL).where(_CALL.c.id == bindparam("call"))
_REPLIES = (
    select(
        _CALL.c.id,
        _CALL.c.request_digest,
        _CALL.c.judgement,
        _CALL.c.satisfaction,
        _CALL.c.reply,
        _CALL.c.verdict,
    )
    .where(_CALL.c.request_digest.in_(bindparam("digests", expanding=True)), _CALL.c.reply.is_not(None))
    .order_by(_CALL.c.id)
)
_REPLIED = select(_CALL.c.request_digest).where(
    _CALL.c.request_digest.in_(bindparam("digests", expanding=True)), _CALL.c.reply.is_not(None)
)
_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
_OWNERS = select(_RESPONSE.c.id, _RESPONSE.c.model_id).where(_RESPONSE.c.id.in_(_IDS))
_RESPONSE_TEXTS = select(_RESPONSE.c.id, _RESPONSE.c.question_id, cast(_RESPONSE.c.turns, Text)).where(
    _RESPONSE.c.id.in_(_IDS)
)
_QUESTION_TEXTS = select(
    _QUESTION.c.id,
    cast(_QUESTION.c.turns, Text),
    _QUESTION.c.reference,
    _QUESTION.c.category,
    _QUESTION.c.language,
).where(_QUESTION.c.id.in_(_IDS))
"""Texts as JSON, which is read faster here than by the column's type."""


@dataclass(frozen=True)
class JudgeIdentity:
    """A judge as a rater.

    Attributes:
        key: unique name, as shown on leaderboards.
        model: name of the model.
        prompt_digest: digest of the prompt or prompts.
        settings: everything else on which its judgments depend.
    """

    key: str
    model: str
    prompt_digest: str
    settings: Json


class JudgmentKey(NamedTuple):
    """The identity of a judgment or score within a judge: responses as judged, turn (0 for all), and sample number."""

    responses: tuple[int, ...]
    turn: int
    sample: int


@dataclass(frozen=True)
class QuestionTexts:
    """The texts of one question and some of its responses.

    Attributes:
        user_turns: user turns.
        reference: reference answer to each turn, empty without any.
        category: category of the question.
        language: language of the question.
        answered: turns of each response by its id.
        illustrated: turns with their images, of each response by its id and of the question by `QUESTION`; only where
            there are images.
    """

    user_turns: list[str]
    reference: list[str]
    category: str | None
    language: str | None
    answered: Mapping[int, list[str]]
    illustrated: Mapping[int, Sequence[Turn]] = field(default_factory=dict)


@dataclass(frozen=True)
class CallRecord:
    """One reply, or the cause of its absence; fields as in `JudgeCall`."""

    request_digest: str
    swapped: bool
    reply: str | None
    verdict: Json | None
    cause: str | None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cost: float | None = None
    latency_seconds: float | None = None


@dataclass
class FinishedItem:
    """An item whose calls are all in.

    Attributes:
        rows: ledgered rows without rater and time.
        stored: ids of calls that were stored before and belong to the first row.
        calls: new calls.
        failed_before: positions of failed rows that these rows replace.
    """

    rows: list[Json]
    stored: list[int] = field(default_factory=list)
    calls: list[CallRecord] = field(default_factory=list)
    failed_before: tuple[int, ...] = ()


def ensure_judge(session: Session, judge: JudgeIdentity, *, source: str, now: datetime) -> int:
    """The rater of a judge, created if necessary."""
    where = and_(_RATER.c.kind == RaterKind.judge, _RATER.c.source == source, _RATER.c.key == judge.key)
    found = session.execute(select(_RATER.c.id).where(where)).scalar()
    if found is not None:
        return int(found)
    row = {
        "kind": RaterKind.judge,
        "source": source,
        "key": judge.key,
        "judge_model": judge.model,
        "prompt_digest": judge.prompt_digest,
        "settings": judge.settings,
        "created_at": now,
    }
    return int(session.execute(insert(_RATER).values(row)).inserted_primary_key[0])  # type: ignore[attr-defined]


def find_judge(session: Session, key: str, *, source: str) -> tuple[int, JudgeIdentity] | None:
    """A judge of a source by name: its rater and identity; None if there is none."""
    where = and_(_RATER.c.kind == RaterKind.judge, _RATER.c.source == source, _RATER.c.key == key)
    columns = (_RATER.c.id, _RATER.c.key, _RATER.c.judge_model, _RATER.c.prompt_digest, _RATER.c.settings)
    row = session.execute(select(*columns).where(where)).first()
    if row is None:
        return None
    return int(row[0]), JudgeIdentity(row[1], row[2] or "", row[3] or "", row[4] or {})


def judged(session: Session, kind: LedgerKind, rater_id: int) -> dict[JudgmentKey, tuple[int, ...]]:
    """The items that a judge has finished, each with the positions of its failed rows; none where one did not fail.

    A row that did not fail keeps its item finished even while it is void, because its place in the unique index is
    taken. A failed row counts only while it stands, so an item whose only failure is void is open again.
    """
    table = _JUDGMENT if kind == "judgement" else _SATISFACTION
    responses = (
        (table.c.response_a_id, table.c.response_b_id)
        if kind == "judgement"
        else (table.c.response_id, table.c.model_id)
    )
    statement = select(table.c.position, table.c.state, table.c.turn, table.c.sample, *responses).where(
        table.c.rater_id == rater_id, table.c.source.is_(None), responses[0].is_not(None)
    )
    voided = set(session.execute(standing.voided()).scalars())
    found: dict[JudgmentKey, tuple[int, ...]] = {}
    for position, state, turn, sample, first, second in session.execute(statement):
        ids = (first, second) if kind == "judgement" else (first,)
        key = JudgmentKey(ids, turn or 0, sample)
        if state != "failed":
            found[key] = ()
        elif position not in voided and found.get(key, (0,)) != ():
            found[key] = (*(found.get(key) or ()), position)
    return found


def stored_replies(session: Session, digests: Iterable[str]) -> dict[str, tuple[int, bool, str, Json]]:
    """Stored replies by request digest: id, whether the reply belongs to a row, its text, and its verdict."""
    found: dict[str, tuple[int, bool, str, Json]] = {}
    for some in in_lists(set(digests)):
        for call, digest, judgement, satisfaction, reply, verdict in session.execute(_REPLIES, {"digests": some}):
            taken = judgement is not None or satisfaction is not None
            found[digest] = (int(call), taken, reply, verdict or {})
    return found


def replied(session: Session, digests: Iterable[str]) -> set[str]:
    """Those of some request digests whose replies are stored."""
    found: set[str] = set()
    for some in in_lists(set(digests)):
        found.update(session.execute(_REPLIED, {"digests": some}).scalars())
    return found


def read_question_texts(session: Session, wanted: Iterable[tuple[int, Sequence[int]]]) -> dict[int, QuestionTexts]:
    """The texts of questions and some of their responses, by question; texts not in the store are left out."""
    questions: dict[int, set[int]] = {}
    for question, responses in wanted:
        questions.setdefault(question, set()).update(responses)
    answered: dict[int, dict[int, list[str]]] = {question: {} for question in questions}
    illustrated: dict[int, dict[int, Sequence[Turn]]] = {question: {} for question in questions}
    for some in in_lists({one for responses in questions.values() for one in responses}):
        for response, question, written in session.execute(_RESPONSE_TEXTS, {"ids": some}):
            if question in answered:
                turns = read_json(written)
                answered[question][int(response)] = [turn_text(turn) for turn in turns]
                if any(map(turn_images, turns)):
                    illustrated[question][int(response)] = turns
    found: dict[int, QuestionTexts] = {}
    for some in in_lists(questions):
        for question, written, reference, category, language in session.execute(_QUESTION_TEXTS, {"ids": some}):
            turns = [] if written is None else read_json(written)
            user_turns = [turn_text(turn) for turn in turns]
            if any(map(turn_images, turns)):
                illustrated[question][QUESTION] = turns
            found[int(question)] = QuestionTexts(
                user_turns, list(reference or ()), category, language, answered[question], illustrated[question]
            )
    return found


def add_calls(session: Session, calls: Sequence[CallRecord], *, now: datetime) -> Sequence[int]:
    """Store replies and failures that belong to no row yet, and return their ids in order."""
    return _insert_calls(session, [(call, None, None) for call in calls], now)


def add_finished(
    session: Session, kind: LedgerKind, rater_id: int, items: Sequence[FinishedItem], *, now: datetime
) -> Sequence[int]:
    """Write finished items with their calls as one batch of the ledger, and return the first position of each.

    Each row names the models that gave its responses, also where an item names the model that they were merged into.
    The failed rows that they replace are voided.

    Raises:
        sqlalchemy.exc.IntegrityError: one of the items was judged already.
    """
    rows = [{"rater_id": rater_id, "created_at": now, **row} for one in items for row in one.rows]
    rows = _with_own_models(session, rows)
    positions = append(session, kind, rows, now=now)
    firsts, at = [], 0
    for one in items:
        firsts.append(positions[at])
        at += len(one.rows)
    links = [{"call": call, kind: first} for one, first in zip(items, firsts, strict=True) for call in one.stored]
    if links:
        session.connection().execute(_LINK.values({kind: bindparam(kind)}), links)
    owned = [(call, kind, first) for one, first in zip(items, firsts, strict=True) for call in one.calls]
    _insert_calls(session, owned, now)
    replaced = [
        {"voids": position, "reason": f"judged again at {first}", "created_at": now}
        for one, first in zip(items, firsts, strict=True)
        for position in one.failed_before
    ]
    if replaced:
        append(session, "void", replaced, now=now)
    return firsts


def _with_own_models(session: Session, rows: Sequence[Json]) -> list[Json]:
    """The rows with the id of the model that gave each response."""
    sides = [name for name in ("_a", "_b", "") if any(f"response{name}_id" in row for row in rows)]
    owners: dict[int, int] = {}
    for some in in_lists({row[f"response{side}_id"] for row in rows for side in sides}):
        owners |= {int(response): int(model) for response, model in session.execute(_OWNERS, {"ids": some})}
    return [{**row, **{f"model{side}_id": owners[row[f"response{side}_id"]] for side in sides}} for row in rows]


def _insert_calls(
    session: Session, calls: Sequence[tuple[CallRecord, LedgerKind | None, int | None]], now: datetime
) -> Sequence[int]:
    if not calls:
        return ()
    ids = take_ids(session, _CALL, len(calls))
    records = [call for call, _, _ in calls]
    columns: dict[str, list[Any]] = {
        field.name: [getattr(call, field.name) for call in records] for field in fields(CallRecord)
    }
    columns["reply"] = [None if reply is None else storable_text(reply) for reply in columns["reply"]]
    columns["verdict"] = [storable_json(verdict) for verdict in columns["verdict"]]
    columns |= {own: [at if kind == own else None for _, kind, at in calls] for own in ("judgement", "satisfaction")}
    insert_columns(session, _CALL, {"id": ids, "created_at": [now] * len(calls), **columns})
    return ids
