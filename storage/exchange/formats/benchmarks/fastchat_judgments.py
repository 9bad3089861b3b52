"""FastChat: judgments of MT-bench by people and GPT-4, of single answers and of pairs.

Sources: https://huggingface.co/datasets/lmsys/mt_bench_human_judgments (both splits), and the files
`data/*/model_judgment/gpt-4_single.jsonl` and `gpt-4_pair.jsonl` of https://github.com/lm-sys/FastChat, where `judge`
is a list of model and prompt. A score of -1 and a winner `error` mean that no verdict was found.
"""

from collections.abc import Iterator

from storage.errors import BadInput
from storage.exchange.formats.battles import battle, rater_label
from storage.exchange.formats.judged_games import combined, judged_score
from storage.exchange.formats.row_format import RowFormat
from storage.exchange.rows import fields
from storage.exchange.rows.canonical import (
    ONLY,
    ImportContext,
    JudgeDetails,
    PreferenceRow,
    RaterLabel,
    RawRow,
    RowKind,
    SatisfactionRow,
)
from storage.exchange.rows.problems import shown
from storage.values import UNKNOWN_KEY, RaterKind

FAILED = -1.0
_SHARES = {"model_1": 1.0, "model_2": 0.0, "tie": 0.5, "error": None}
_PEOPLE = ("author", "expert")
_JUDGE_PREFIX = "gpt"


def human_judgment(row: RawRow, context: ImportContext) -> Iterator[PreferenceRow]:
    """A vote of an author or expert, or a judgment of GPT-4, on one turn of a question."""
    named = fields.json_value(row, "judge")
    if isinstance(named, list):
        yield battle(row, context, judge_label(row))
        return
    label = fields.optional_name(row, "judge") or UNKNOWN_KEY
    kind = context.rater_kind
    if label.startswith(_PEOPLE):
        kind = RaterKind.human
    elif label.startswith(_JUDGE_PREFIX):
        kind = RaterKind.judge
    if kind is None:
        raise BadInput(f"expected author_…, expert_… or gpt… in column 'judge', got {shown(label)}; add --rater-kind")
    yield battle(row, context, rater_label(kind, label))


def single_judgment(row: RawRow, context: ImportContext) -> Iterator[SatisfactionRow]:
    """A score of one answer from 1 to 10; without one, the judgment failed."""
    score = fields.number(row, "score")
    yield judged_score(
        row,
        context,
        judge_label(row),
        question=fields.name(row, "question_id"),
        model=fields.name(row, "model"),
        score=None if score == FAILED else score,
    )


def pair_judgment(row: RawRow, context: ImportContext) -> Iterator[PreferenceRow]:
    """A judgment of two games, of which the second shows `model_2` first; winners are named by the first game."""
    a, b = fields.name(row, "model_1"), fields.name(row, "model_2")
    if a == b:
        raise BadInput(f"expected two different models, got {shown(a)} twice; remove the row")
    winner, judgment = combined([_share(row, column) for column in ("g1_winner", "g2_winner") if column in row])
    source = context.row_source
    yield PreferenceRow(
        source,
        None,
        judge_label(row),
        source,
        fields.name(row, "question_id"),
        a,
        b,
        winner,
        fields.whole(row, "turn"),
        created_at=fields.time(row),
        response_a=ONLY,
        response_b=ONLY,
        judgment=judgment,
    )


def judge_label(row: RawRow) -> RaterLabel:
    """The judge of a row, given as the name of its model or as a list of model and prompt."""
    named = fields.json_value(row, "judge")
    if isinstance(named, list):
        if not named or not all(isinstance(one, str) for one in named):
            raise BadInput(f"expected a judge's model and prompt in column 'judge', got {shown(named)}; correct it")
        model, *prompt = [fields.name({"judge": one}, "judge") for one in named]
        settings = {"prompt": prompt[0]} if prompt else None
        return RaterLabel(RaterKind.judge, "/".join([model, *prompt]), None, JudgeDetails(model, None, settings))
    return rater_label(RaterKind.judge, fields.optional_name(row, "judge") or UNKNOWN_KEY)


def _share(row: RawRow, column: str) -> float | None:
    value = row.get(column)
    if value not in _SHARES:
        raise BadInput(f"expected {', '.join(_SHARES)} in column {column!r}, got {shown(value)}; correct it")
    return _SHARES[str(value)]


FORMATS = (
    RowFormat.of(
        RowKind.preferences,
        "MT-bench votes",
        human_judgment,
        needs="question_id model_a model_b winner judge conversation_a conversation_b turn",
        also="tstamp language category",
        fits=lambda row: "anony" not in row and "judge_hash" not in row,
    ),
    RowFormat.of(
        RowKind.satisfaction,
        "MT-bench single judgments",
        single_judgment,
        needs="question_id model judgment score",
        also="judge turn tstamp user_prompt",
    ),
    RowFormat.of(
        RowKind.preferences,
        "MT-bench pair judgments",
        pair_judgment,
        needs="question_id model_1 model_2 g1_winner",
        also="judge turn tstamp g2_winner g1_user_prompt g1_judgment g2_user_prompt g2_judgment",
    ),
)
