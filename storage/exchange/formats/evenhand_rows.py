"""Evenhand's own files, read: the rows that `storage.exchange.exporting` writes."""

from collections.abc import Iterator

from storage.errors import BadInput
from storage.exchange.formats.battles import models
from storage.exchange.formats.row_format import RowFormat
from storage.exchange.formats.winner_labels import winner
from storage.exchange.rows import fields
from storage.exchange.rows.canonical import (
    THREE_WAY,
    ImportContext,
    JudgeDetails,
    JudgmentFields,
    PreferenceRow,
    RaterLabel,
    RawRow,
    ResponseRow,
    RowKind,
    SatisfactionRow,
    state_of,
)
from storage.exchange.rows.problems import shown
from storage.questions.questions import QuestionText
from storage.values import (
    SCORES,
    UNKNOWN_KEY,
    FlagReason,
    JudgmentState,
    RaterKind,
    ResponseState,
    ScoreState,
    SpecialDraw,
    Turn,
    Winner,
)


def question(row: RawRow, context: ImportContext) -> Iterator[QuestionText]:
    """A question; `turns` may be null for a placeholder."""
    yield QuestionText(
        fields.optional_name(row, "source") or context.row_source,
        fields.name(row, "key"),
        _turns(row) if row.get("turns") not in (None, "") else None,
        fields.optional_name(row, "category"),
        fields.word(row, "language"),
        fields.texts(row, "reference"),
        fields.yes_no(row, "private") or False,
        fields.time(row),
    )


def response(row: RawRow, context: ImportContext) -> Iterator[ResponseRow]:
    """A response; a missing state follows from its text."""
    state = fields.choice(row, "state", ResponseState)
    turns = [] if row.get("turns") == [] or row.get("turns") == "[]" else _turns(row)
    guessed, cause = state_of(turns)
    yield ResponseRow(
        fields.optional_name(row, "source") or context.source,
        fields.name(row, "question"),
        fields.name(row, "model"),
        turns,
        fields.settings(row, "settings") or {},
        fields.whole(row, "sample") or 0,
        state or guessed,
        fields.text(row, "cause") or (cause if state is None else None),
        fields.whole(row, "prompt_tokens"),
        fields.whole(row, "completion_tokens"),
        fields.number(row, "latency_seconds"),
        fields.time(row),
    )


def preference(row: RawRow, context: ImportContext) -> Iterator[PreferenceRow]:
    """A vote or a judgment."""
    rater = _rater(row, context)
    a, b = models(row)
    source = fields.optional_name(row, "source") or context.row_source
    judged = rater.kind == RaterKind.judge
    flag = fields.choice(row, "flag", FlagReason)
    yield PreferenceRow(
        source,
        fields.optional_name(row, "row_key"),
        rater,
        fields.optional_name(row, "question_source") or source,
        fields.name(row, "question"),
        a,
        b,
        winner(row, context.labels) if not judged or row.get("winner") not in (None, "") else None,
        fields.whole(row, "turn"),
        fields.whole(row, "strength"),
        fields.texts(row, "reasons"),
        fields.number(row, "seconds"),
        flag,
        fields.text(row, "comment"),
        fields.yes_no(row, "blind"),
        fields.time(row),
        fields.optional_name(row, "response_a"),
        fields.optional_name(row, "response_b"),
        _judgment(row, context) if judged else None,
        fields.optional_name(row, "category"),
        fields.word(row, "language"),
        special=fields.choice(row, "special", SpecialDraw),
        attributes=fields.settings(row, "attributes"),
    )


def satisfaction(row: RawRow, context: ImportContext) -> Iterator[SatisfactionRow]:
    """A score of one response; without a score and a state, the rater could not judge."""
    source = fields.optional_name(row, "source") or context.row_source
    low, high = fields.required(row, "scale_low", fields.number), fields.required(row, "scale_high", fields.number)
    score = fields.number(row, "score")
    if low >= high:
        raise BadInput(f"expected a scale whose low end is below its high end, got {low:g} to {high:g}; correct it")
    if score is not None and not low <= score <= high:
        raise BadInput(f"expected a score from {low:g} to {high:g}, got {score:g}; correct the score or the scale")
    state = fields.choice(row, "state", ScoreState)
    state = state or (ScoreState.cannot_judge if score is None else ScoreState.scored)
    if state is ScoreState.undone:
        raise BadInput("expected a score as it stands, got the state 'undone'; leave rows out that were taken back")
    if (state is ScoreState.scored) != (score is not None):
        raise BadInput(f"expected a score exactly where the state is 'scored', got {shown(score)} with {str(state)!r}")
    yield SatisfactionRow(
        source,
        fields.optional_name(row, "row_key"),
        _rater(row, context),
        fields.optional_name(row, "question_source") or source,
        fields.name(row, "question"),
        fields.name(row, "model"),
        fields.optional_name(row, "dimension") or "overall",
        state,
        score,
        low,
        high,
        fields.whole(row, "turn"),
        fields.number(row, "seconds"),
        fields.text(row, "comment"),
        fields.time(row),
        fields.optional_name(row, "response"),
        fields.text(row, "cause"),
        fields.whole(row, "sample") or 0,
        fields.choice(row, "special", SpecialDraw),
    )


def _turns(row: RawRow) -> list[Turn]:
    """`parts` holds turns of several parts where a column can only hold a list of texts."""
    return fields.turns(row, "parts" if row.get("parts") not in (None, "") else "turns")


def _rater(row: RawRow, context: ImportContext) -> RaterLabel:
    said = fields.choice(row, "rater_kind", RaterKind)
    kind = said or context.rater_kind
    if kind is None:
        raise BadInput("expected human or judge in column 'rater_kind', got none; fill it in or add --rater-kind")
    if context.rater_kind not in (None, kind):
        raise BadInput(f"expected a {context.rater_kind} row as --rater-kind says, got rater_kind {str(kind)!r}")
    label = fields.optional_name(row, "rater") or UNKNOWN_KEY
    judge = None
    if kind == RaterKind.judge:
        model, prompt = fields.optional_name(row, "judge_model"), fields.optional_name(row, "prompt_digest", 64)
        judge = JudgeDetails(model or label, prompt, fields.settings(row, "judge_settings"))
    return RaterLabel(kind, label, fields.optional_name(row, "rater_source"), judge)


def _judgment(row: RawRow, context: ImportContext) -> JudgmentFields:
    form = fields.word(row, "form") or THREE_WAY
    state = fields.choice(row, "state", JudgmentState) or JudgmentState.scored
    score = fields.number(row, "score")
    if score is None and state is JudgmentState.scored:
        score = SCORES[winner(row, context.labels)]
    if score is not None and (state is not JudgmentState.scored or not 0 <= score <= 1):
        raise BadInput(f"expected a score from 0 to 1 for a scored judgment only, got {score:g} with {str(state)!r}")
    if score is not None and row.get("winner") not in (None, ""):
        _check_side(winner(row, context.labels), score)
    return JudgmentFields(form, state, score, fields.text(row, "cause"), fields.whole(row, "sample") or 0)


def _check_side(named: Winner, score: float) -> None:
    """Refuse a share of A that contradicts the winner."""
    whole = SCORES[named]
    if (whole - 0.5) * (score - 0.5) < 0 or (whole == 0.5 and score != 0.5):
        side = {1.0: "from 0.5 to 1", 0.0: "from 0 to 0.5", 0.5: "of 0.5"}[whole]
        raise BadInput(f"expected a score {side} with winner {str(named)!r}, got {score:g}; correct one of the two")


_TITLE = "Evenhand"
FORMATS = (
    RowFormat.of(
        RowKind.questions,
        _TITLE,
        question,
        needs="key turns",
        also="source category language reference private created_at parts",
        own=True,
    ),
    RowFormat.of(
        RowKind.responses,
        _TITLE,
        response,
        needs="question model turns",
        also="source settings sample state cause prompt_tokens completion_tokens latency_seconds created_at parts",
        own=True,
    ),
    RowFormat.of(
        RowKind.preferences,
        _TITLE,
        preference,
        needs="question model_a model_b winner",
        also="source row_key rater rater_kind turn strength reasons seconds flag comment blind created_at "
        "question_source rater_source response_a response_b form state score cause sample judge_model prompt_digest "
        "judge_settings category language special attributes",
        own=True,
    ),
    RowFormat.of(
        RowKind.satisfaction,
        _TITLE,
        satisfaction,
        needs="question model score scale_low scale_high",
        also="source row_key rater rater_kind dimension turn seconds comment created_at question_source rater_source "
        "response state cause sample judge_model prompt_digest judge_settings special",
        own=True,
    ),
)
