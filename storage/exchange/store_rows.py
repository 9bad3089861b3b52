"""Rows of the store in canonical form: questions, responses, votes, judgments and scores.

Rows given in this store get the source `evenhand` and a key made of values that cannot change, so that they are
recognised when they are imported again.
"""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, Table, func, not_, select
from sqlmodel import Session

from storage.database.columns import table_of
from storage.database.ledger_tables import Comment, Judgment, Preference, Satisfaction
from storage.database.tables import Ballot, Question, Rater, Response
from storage.exchange.rows.canonical import (
    NATIVE,
    JudgeDetails,
    JudgmentFields,
    PreferenceRow,
    RaterLabel,
    ResponseRow,
    SatisfactionRow,
    response_key,
)
from storage.ledger import standing
from storage.questions.model_names import STANDING_MODELS
from storage.questions.questions import QuestionText
from storage.values import JudgmentState, RaterKind, ResponseState, ScoreState, SpecialDraw, Winner, digest

_PREFERENCE, _JUDGMENT, _SATISFACTION = table_of(Preference), table_of(Judgment), table_of(Satisfaction)
_QUESTION, _RATER, _COMMENT = table_of(Question), table_of(Rater), table_of(Comment)
_MODEL, _RESPONSE, _BALLOT = STANDING_MODELS, table_of(Response), table_of(Ballot)
_A, _B = _MODEL.alias("a"), _MODEL.alias("b")
_RESPONSE_A, _RESPONSE_B = _RESPONSE.alias("response_a"), _RESPONSE.alias("response_b")
ROWS_PER_READ = 5_000

_WHO = (
    _RATER.c.kind.label("rater_kind"),
    _RATER.c.key.label("rater"),
    _RATER.c.source.label("rater_source"),
    _RATER.c.judge_model,
    _RATER.c.prompt_digest,
    _RATER.c.settings.label("judge_settings"),
    _QUESTION.c.source.label("question_source"),
    _QUESTION.c.key.label("question"),
    _QUESTION.c.category,
    _QUESTION.c.language,
)
_PAIR = (
    _A.c.name.label("model_a"),
    _B.c.name.label("model_b"),
    _A.c.own_name.label("own_a"),
    _B.c.own_name.label("own_b"),
    _RESPONSE_A.c.settings_digest.label("settings_a"),
    _RESPONSE_A.c.sample.label("sample_a"),
    _RESPONSE_B.c.settings_digest.label("settings_b"),
    _RESPONSE_B.c.sample.label("sample_b"),
)


def question_rows(session: Session) -> Iterator[QuestionText]:
    """Every question in the order of arrival, placeholders included."""
    columns = [_QUESTION.c[name] for name in QuestionText._fields]
    for row in _read(session, select(*columns).order_by(_QUESTION.c.id)):
        yield QuestionText._make(row)


def response_rows(session: Session) -> Iterator[ResponseRow]:
    """Every response in the order of arrival, failed ones included."""
    names = [name for name in ResponseRow._fields if name not in ("source", "question", "model", "text")]
    statement = (
        select(_QUESTION.c.source, _QUESTION.c.key, _MODEL.c.name, *(_RESPONSE.c[name] for name in names))
        .join(_QUESTION, _QUESTION.c.id == _RESPONSE.c.question_id)
        .join(_MODEL, _MODEL.c.id == _RESPONSE.c.model_id)
        .order_by(_RESPONSE.c.id)
    )
    for row in _read(session, statement):
        found = ResponseRow._make((*row, None))
        yield found._replace(state=ResponseState(found.state))


def preference_rows(session: Session, *where: ColumnElement[bool]) -> Iterator[PreferenceRow]:
    """Votes that meet the conditions on their table, by position."""
    statement = _pairs(_PREFERENCE).add_columns(_COMMENT.c.body, special_of(_PREFERENCE)).where(*where)
    comment = _COMMENT.c.position == _PREFERENCE.c.position
    statement = statement.outerjoin(_COMMENT, comment).outerjoin(_BALLOT, _BALLOT.c.id == _PREFERENCE.c.ballot_id)
    for row in _read(session, statement):
        yield _pair(row)._replace(
            strength=row.strength,
            reasons=row.reasons,
            seconds=row.seconds,
            flag=row.flag,
            comment=row.body,
            blind=row.blind,
            special=_special(row.special_draw),
            attributes=row.attributes,
        )


def judgment_rows(session: Session, *where: ColumnElement[bool]) -> Iterator[PreferenceRow]:
    """Judgments that meet the conditions on their table, including failed ones, by position."""
    for row in _read(session, _pairs(_JUDGMENT).where(*where)):
        judgment = JudgmentFields(row.form, JudgmentState(row.state), row.score, row.cause, row.sample)
        yield _pair(row)._replace(judgment=judgment)


def satisfaction_rows(session: Session, *where: ColumnElement[bool]) -> Iterator[SatisfactionRow]:
    """Scores that meet the conditions on their table, by position."""
    statement = (
        _judged(_SATISFACTION)
        .add_columns(
            _A.c.name.label("model"),
            _A.c.own_name,
            _RESPONSE_A.c.settings_digest,
            _RESPONSE_A.c.sample.label("n"),
            _COMMENT.c.body,
            special_of(_SATISFACTION),
        )
        .join(_A, _A.c.id == _SATISFACTION.c.model_id)
        .outerjoin(_RESPONSE_A, _RESPONSE_A.c.id == _SATISFACTION.c.response_id)
        .outerjoin(_COMMENT, _COMMENT.c.position == _SATISFACTION.c.position)
        .outerjoin(_BALLOT, _BALLOT.c.id == _SATISFACTION.c.ballot_id)
        .where(*where)
    )
    for row in _read(session, statement):
        source, key = _identity("s", row, row.own_name)
        yield SatisfactionRow(
            source=source,
            row_key=key,
            rater=_label(row, source),
            question_source=row.question_source,
            question=row.question,
            model=row.model,
            dimension=row.dimension,
            state=ScoreState(row.state),
            score=row.score,
            scale_low=row.scale_low,
            scale_high=row.scale_high,
            turn=row.turn,
            seconds=row.seconds,
            comment=row.body,
            created_at=row.created_at,
            response=_response(row.settings_digest, row.n),
            cause=row.cause,
            sample=row.sample,
            special=_special(row.special_draw),
        )


def special_of(table: Table) -> ColumnElement[str]:
    """What a vote or score was drawn for, as `special_draw`: the policy of its ballot, or the mark of its file."""
    return func.coalesce(_BALLOT.c.policy, table.c.special).label("special_draw")


def _special(word: str | None) -> SpecialDraw | None:
    return SpecialDraw(word) if word in set(SpecialDraw) else None


def left_out(session: Session, table: Table) -> dict[str, int]:
    """How many rows of a table do not count, by the first reason of each; reasons without any are not named."""
    counts: dict[str, int] = {}
    kept: list[ColumnElement[bool]] = []
    before = _count(session, table, kept)
    for reason, condition in standing.left_out(table).items():
        kept.append(not_(condition))
        after = _count(session, table, kept)
        if after < before:
            counts[reason] = before - after
        before = after
    return counts


def _count(session: Session, table: Table, conditions: list[ColumnElement[bool]]) -> int:
    return int(session.execute(select(func.count()).select_from(table).where(*conditions)).scalar_one())


def _read(session: Session, statement: Select[Any]) -> Iterator[Row[Any]]:
    with session.execute(statement.execution_options(yield_per=ROWS_PER_READ)) as rows:
        yield from rows


def _judged(table: Table) -> Select[Any]:
    return (
        select(*table.columns, *_WHO)
        .select_from(table)
        .join(_RATER, _RATER.c.id == table.c.rater_id)
        .join(_QUESTION, _QUESTION.c.id == table.c.question_id)
        .order_by(table.c.position)
    )


def _pairs(table: Table) -> Select[Any]:
    return (
        _judged(table)
        .add_columns(*_PAIR)
        .join(_A, _A.c.id == table.c.model_a_id)
        .join(_B, _B.c.id == table.c.model_b_id)
        .outerjoin(_RESPONSE_A, _RESPONSE_A.c.id == table.c.response_a_id)
        .outerjoin(_RESPONSE_B, _RESPONSE_B.c.id == table.c.response_b_id)
    )


def _pair(row: Row[Any]) -> PreferenceRow:
    source, key = _identity("p", row, f"{row.own_a}\n{row.own_b}")
    return PreferenceRow(
        source,
        key,
        _label(row, source),
        row.question_source,
        row.question,
        row.model_a,
        row.model_b,
        None if row.winner is None else Winner(row.winner),
        row.turn,
        created_at=row.created_at,
        response_a=_response(row.settings_a, row.sample_a),
        response_b=_response(row.settings_b, row.sample_b),
        category=row.category,
        language=row.language,
    )


def _identity(letter: str, row: Row[Any], models: str) -> tuple[str, str]:
    """Source and key of a row; for a row given in this store they are made of values that never change."""
    if row.source is not None:
        return row.source, row.row_key
    parts = (row.rater_kind, row.rater_source, row.rater, row.question_source, row.question, models)
    content = "\n".join((*parts, row.created_at.isoformat()))
    return NATIVE, f"{letter}{row.position}-{digest(content)[:24]}"


def _label(row: Row[Any], source: str) -> RaterLabel:
    kind = RaterKind(row.rater_kind)
    judge = None
    if kind == RaterKind.judge:
        judge = JudgeDetails(row.judge_model, row.prompt_digest, row.judge_settings)
    return RaterLabel(kind, row.rater, None if row.rater_source == source else row.rater_source, judge)


def _response(settings_digest: str | None, sample: int | None) -> str | None:
    return None if settings_digest is None or sample is None else response_key(settings_digest, sample)
