"""Rows of a store as they may be published.

Published are the votes, judgments and scores that count, with the texts of questions that are neither private nor from
a live conversation whose rater has not allowed it. A private question becomes a number with its category and language,
and its responses stay out.
People become numbers in random order, which no file outside of the publication holds. Times, comments, reasons, seconds
and generation settings stay out: no statistic of a report needs them, and they could tell who voted or what was asked.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from sqlalchemy import Table, select
from sqlmodel import Session

from storage.conversations.conversations import publishable_keys
from storage.database.columns import table_of
from storage.database.ledger_tables import Judgment, Preference, Satisfaction
from storage.evaluations.runs import newest_scores
from storage.exchange import store_rows
from storage.exchange.publication.columns import MARK_COUNTS, PublishedKind
from storage.exchange.rows.canonical import PreferenceRow, ResponseRow, SatisfactionRow, response_key
from storage.ledger import standing
from storage.ledger.battle_reading import Selection, read_battles
from storage.ledger.pair_votes import read_calls, read_pair_votes
from storage.ledger.scores import read_scores
from storage.questions.questions import QuestionText, list_models, settings_digest
from storage.values import UNKNOWN_KEY, RaterKind, ResponseState, ScoreState, Turn, short_turn, turn_images, turn_text

PRIVATE = "private"
"""Source of published questions whose text is not published."""
LIVE = "live"
"""Source of questions from live conversations, which are private unless their rater allows to publish them."""

_PREFERENCE, _JUDGMENT, _SATISFACTION = table_of(Preference), table_of(Judgment), table_of(Satisfaction)
_CODE = re.compile(r"[a-z][a-z_]{0,40}")
_NO_SETTINGS = settings_digest({})

Shuffle = Callable[[int], Sequence[int]]
"""The numbers below a given one in random order."""
Rows = list[dict[str, Any]]
Place = tuple[str, str]
"""Source and key of a question."""


@dataclass(frozen=True)
class Publication:
    """Rows to publish.

    Attributes:
        rows: rows by kind; kinds without rows are left out.
        left_out: number of votes, judgments and scores that are not published because they do not count, by kind
            (`human`, `judge`, `human_scores`, `judge_scores`) and reason.
        private_questions: number of published questions whose text is not.
    """

    rows: Mapping[PublishedKind, Rows]
    left_out: Mapping[str, Mapping[str, int]]
    private_questions: int


@dataclass(frozen=True)
class _RatedRows:
    """The votes, judgments and scores of a publication, each with its position in the ledger."""

    votes: list[tuple[int, PreferenceRow]]
    judgments: list[tuple[int, PreferenceRow]]
    scores: list[tuple[int, SatisfactionRow]]
    left_out: dict[str, dict[str, int]]

    def __iter__(self) -> Iterator[PreferenceRow | SatisfactionRow]:
        for part in (self.votes, self.judgments, self.scores):
            yield from (row for _, row in part)


@dataclass
class _PublishedNames:
    """Published names of raters and questions, and numbers of responses."""

    raters: Mapping[tuple[str, str, str], str]
    questions: Mapping[Place, Place]
    responses: dict[tuple[Place, str, str], int] = field(default_factory=dict)

    def rater(self, row: PreferenceRow | SatisfactionRow) -> dict[str, Any]:
        judge = None if row.rater.judge is None else row.rater.judge.model
        return {
            "rater": self.raters[_identity(row)],
            "rater_kind": row.rater.kind.value,
            "judge_model": judge,
        }

    def question(self, row: PreferenceRow | SatisfactionRow) -> dict[str, Any]:
        place = (row.question_source, row.question)
        source, key = self.questions.get(place, place)
        return {"question_source": source, "question": key}

    def response(self, place: Place, model: str, key: str | None) -> str | None:
        number = None if key is None else self.responses.get((place, model, key))
        return None if number is None else response_key(_NO_SETTINGS, number)


def publish(session: Session, selection: Selection, *, shuffle: Shuffle, texts: bool = True) -> Publication:
    """The publishable rows of a store.

    Args:
        session: a reading session.
        selection: filter on votes, judgments and scores; its kind is not used.
        shuffle: random order, for the numbers of people and private questions.
        texts: whether the texts of public questions and their responses are published.
    """
    rated = _rated_rows(session, selection)
    used = {(row.question_source, row.question) for row in rated}
    questions = [row for row in store_rows.question_rows(session) if (row.source, row.key) in used]
    allowed = publishable_keys(session)
    hidden = [(row.source, row.key) for row in questions if _is_private(row, allowed)]
    numbers = shuffle(len(hidden))
    renamed = {place: (PRIVATE, f"question-{n + 1:05d}") for place, n in zip(hidden, numbers, strict=True)}
    names = _PublishedNames(_rater_names(rated, shuffle), renamed)
    shown = {(row.source, row.key) for row in questions if texts and row.turns and not _is_private(row, allowed)}
    responses = _responses(session, shown, _responses_named(rated), names)
    pairs = list(enumerate([*rated.votes, *rated.judgments], 1))
    of_judgment = {position: number for number, (position, _) in pairs[len(rated.votes) :]}
    rows: dict[PublishedKind, Rows] = {
        PublishedKind.models: _models(session, rated),
        PublishedKind.questions: [_question(row, names, shown) for row in questions],
        PublishedKind.responses: responses,
        PublishedKind.preferences: [_preference(number, row, names) for number, (_, row) in pairs],
        PublishedKind.satisfaction: [_score(number, row, names) for number, (_, row) in enumerate(rated.scores, 1)],
        PublishedKind.calls: _calls(session, of_judgment),
        PublishedKind.objective: _objective(session),
    }
    return Publication({kind: own for kind, own in rows.items() if own}, rated.left_out, len(hidden))


def _rated_rows(session: Session, selection: Selection) -> _RatedRows:
    """The rows that count on a leaderboard, and judgments and scores that failed, because reports count them."""
    people = read_battles(session, replace(selection, kind=RaterKind.human))
    judges = read_pair_votes(session, replace(selection, kind=RaterKind.judge)).battles
    votes = _at(_numbered(session, _PREFERENCE, store_rows.preference_rows), people.position)
    judgments = _at(_numbered(session, _JUDGMENT, store_rows.judgment_rows), judges.position)
    left_out = {"human": dict(people.counts), "judge": dict(judges.counts)}
    scores: list[tuple[int, SatisfactionRow]] = []
    for kind in RaterKind:
        read = read_scores(session, replace(selection, kind=kind))
        kept = set(read.position.tolist())
        left_out[f"{kind}_scores"] = {why: n for why, n in read.counts.items() if why not in _UNSCORED}
        scores += [
            (position, row)
            for position, row in _numbered(session, _SATISFACTION, store_rows.satisfaction_rows)
            if row.rater.kind is kind and (position in kept or row.state in _UNSCORED)
        ]
    return _RatedRows(votes, judgments, sorted(scores, key=lambda one: one[0]), left_out)


def _numbered(session: Session, table: Table, read: Callable[..., Iterator[Any]]) -> Iterator[tuple[int, Any]]:
    """The rows of a ledgered table that count, each with its position."""
    counts = standing.counts(table)
    positions = session.execute(select(table.c.position).where(counts).order_by(table.c.position)).scalars().all()
    yield from zip(positions, read(session, counts), strict=True)


def _at(rows: Iterable[tuple[int, Any]], positions: "np.ndarray[Any, np.dtype[np.int64]]") -> list[tuple[int, Any]]:
    kept = set(positions.tolist())
    return [(position, row) for position, row in rows if position in kept]


def _identity(row: PreferenceRow | SatisfactionRow) -> tuple[str, str, str]:
    return row.rater.kind.value, row.rater.source or row.source, row.rater.label


def _rater_names(rated: _RatedRows, shuffle: Shuffle) -> dict[tuple[str, str, str], str]:
    """Numbers for people in random order; judges keep their names, with the source where two share one."""
    raters = sorted({_identity(row) for row in rated})
    people = [one for one in raters if one[0] == RaterKind.human and one[2] != UNKNOWN_KEY]
    named = {one: f"person-{n + 1:04d}" for one, n in zip(people, shuffle(len(people)), strict=True)}
    judges = [one for one in raters if one[0] == RaterKind.judge]
    labels = [label for _, _, label in judges]
    for one in raters:
        if one not in named:
            _, source, label = one
            named[one] = f"{label} ({source})" if one in judges and labels.count(label) > 1 else label
    return named


def _is_private(row: QuestionText, allowed: Collection[str]) -> bool:
    """Whether a text stays out: a private one, and one from a conversation whose rater has not allowed it."""
    return row.private or (row.source == LIVE and row.key not in allowed)


def _responses_named(rated: _RatedRows) -> dict[tuple[Place, str, str], None]:
    """Every response that a vote, judgment or score names, in the order of the ledger."""
    found: dict[tuple[Place, str, str], None] = {}
    for row in rated:
        place = (row.question_source, row.question)
        if isinstance(row, SatisfactionRow):
            named = [(row.model, row.response)]
        else:
            named = [(row.model_a, row.response_a), (row.model_b, row.response_b)]
        found.update({(place, model, key): None for model, key in named if key is not None})
    return found


def _responses(
    session: Session, shown: set[Place], named: Mapping[tuple[Place, str, str], None], names: _PublishedNames
) -> Rows:
    """The responses to published questions that are named, numbered by question and model."""
    times: dict[tuple[Place, str], int] = defaultdict(int)
    rows = []
    for row in store_rows.response_rows(session):
        place, key = (row.source or "", row.question), response_key(settings_digest(row.settings), row.sample)
        if place not in shown or (place, row.model, key) not in named or row.state is ResponseState.error:
            continue
        number = times[place, row.model]
        times[place, row.model] += 1
        names.responses[place, row.model, key] = number
        rows.append(_response(row, number))
    return rows


def _response(row: ResponseRow, number: int) -> dict[str, Any]:
    kept = ("source", "question", "model", "prompt_tokens", "completion_tokens", "latency_seconds")
    values = {name: getattr(row, name) for name in kept}
    return values | {"sample": number, "state": row.state.value, "turns": [_turn(turn) for turn in row.turns]}


def _question(row: QuestionText, names: _PublishedNames, shown: set[Place]) -> dict[str, Any]:
    source, key = names.questions.get((row.source, row.key), (row.source, row.key))
    turns = [_turn(turn) for turn in row.turns or ()] if (row.source, row.key) in shown else None
    return {"source": source, "key": key, "category": row.category, "language": row.language, "turns": turns}


def _turn(turn: Turn) -> str | Turn:
    """A turn without its pictures, whose places are named; they are not published."""
    return turn_text(turn) if turn_images(turn) else short_turn(turn)


def _preference(number: int, row: PreferenceRow, names: _PublishedNames) -> dict[str, Any]:
    place, judgment = (row.question_source, row.question), row.judgment
    values = dict.fromkeys(("form", "state", "score", "cause", "sample"))
    if judgment is not None:
        values = judgment._asdict() | {"state": judgment.state.value, "cause": _code(judgment.cause)}
    return {
        "row_key": f"{number}",
        **names.question(row),
        "turn": row.turn,
        "model_a": row.model_a,
        "model_b": row.model_b,
        "response_a": names.response(place, row.model_a, row.response_a),
        "response_b": names.response(place, row.model_b, row.response_b),
        "winner": None if row.winner is None else row.winner.value,
        **names.rater(row),
        **values,
    }


def _score(number: int, row: SatisfactionRow, names: _PublishedNames) -> dict[str, Any]:
    kept = ("turn", "model", "dimension", "score", "scale_low", "scale_high", "sample")
    place = (row.question_source, row.question)
    return {
        "row_key": f"{number}",
        **names.question(row),
        **{name: getattr(row, name) for name in kept},
        "response": names.response(place, row.model, row.response),
        "state": row.state.value,
        "cause": _code(row.cause),
        **names.rater(row),
    }


def _code(cause: str | None) -> str | None:
    """A cause of failure that is a code; a sentence may quote an endpoint or a text, so it becomes `other`."""
    return cause if cause is None or _CODE.fullmatch(cause) else "other"


def _models(session: Session, rated: _RatedRows) -> Rows:
    """The models that are rated, and those that judge, with what is known about them."""
    named = {row.rater.judge.model for row in rated if row.rater.judge is not None}
    for row in rated:
        named.update({row.model} if isinstance(row, SatisfactionRow) else {row.model_a, row.model_b})
    return [
        {"name": one.name, "organisation": one.organisation, "licence": one.licence, "kind": one.kind}
        for one in list_models(session)
        if one.name in named
    ]


def _calls(session: Session, of_judgment: Mapping[int, int]) -> Rows:
    """The verdicts of single calls behind published judgments."""
    calls = read_calls(session)
    rows = zip(calls.judgment.tolist(), calls.swapped.tolist(), calls.share.tolist(), strict=True)
    return [
        {"row_key": f"{of_judgment[position]}", "swapped": swapped, "share": share}
        for position, swapped, share in rows
        if position in of_judgment
    ]


def _objective(session: Session) -> Rows:
    """The newest scores of each model on each task, all metrics."""
    names = ("task", "metric", "mode", "version", "value", "error", "items", "unparsed", "failed")
    scores, rows = newest_scores(session), []
    marks = [_marks(score.notes) for _, score in scores]
    named = {score.run_id: own["grader"] for (_, score), own in zip(scores, marks, strict=True) if own["grader"]}
    for (model, score), own in zip(scores, marks, strict=True):
        row = {"model": model, **{name: getattr(score, name) for name in names}, "state": str(score.state)} | own
        if own[MARK_COUNTS[0]] is not None:
            row["grader"] = named.get(score.run_id)
        rows.append(row)
    return rows


def _marks(notes: Iterable[Any]) -> dict[str, Any]:
    """The grader of a score, and how many answers it and the rules marked, as the notes on the score say.

    They name no grader where the rules marked every answer of a task; its run has the same one for all tasks.
    """
    found = {note["code"]: note for note in notes if isinstance(note, Mapping) and note["code"] in MARK_COUNTS}
    named = [note["name"] for note in found.values() if note.get("name")]
    counts = {code: found.get(code, {}).get("count", 0) if found else None for code in MARK_COUNTS}
    return {"grader": named[0] if named else None, **counts}


_UNSCORED = (ScoreState.cannot_judge, ScoreState.failed)
