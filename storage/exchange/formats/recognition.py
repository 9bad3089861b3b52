"""Whose columns are these: one small function for each kind of row of each format, and how to tell them apart.

The functions turn a row of the file into canonical rows. What a file says itself (source, who judged) goes before
what the command line says; what neither says is an error, never a guess.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from storage.errors import BadInput
from storage.exchange.formats import arena_battles, own_rows, published_questions
from storage.exchange.rows.canonical import ImportContext, RawRow, RowKind
from storage.values import RaterKind


@dataclass(frozen=True)
class Format:
    """How the rows of one kind are spelled somewhere.

    Attributes:
        kind: what the rows are.
        title: the format's name for people.
        needs: columns by which it is recognised.
        also: further columns that are read when they are there.
        read: one row of the file to canonical rows.
        own: whether it is written by our own export, so that CSV cells carry its formula guard.
        source: where the rows are from when neither the file nor the caller says it; None means the file's name.
        says_rater_kind: whether its rows say who judged.
    """

    kind: RowKind
    title: str
    needs: frozenset[str]
    also: frozenset[str]
    read: Callable[[RawRow, ImportContext], Iterable[Any]]
    own: bool = False
    source: str | None = None
    says_rater_kind: bool = True

    def unused(self, columns: Iterable[str]) -> tuple[str, ...]:
        """The columns of a file that this format does not read, in the order of the file."""
        return tuple(column for column in columns if column not in self.needs and column not in self.also)


def recognise(kind: RowKind, columns: Iterable[str], rater_kind: RaterKind | None) -> Format:
    """The format of a file by the columns of its first row.

    Raises:
        BadInput: no format of this kind has these columns, or the format leaves open who judged.
    """
    present = frozenset(columns)
    for known in FORMATS:
        if known.kind == kind and known.needs <= present:
            if not known.says_rater_kind and rater_kind is None:
                raise BadInput(
                    "expected to know whether people or a judge gave these verdicts, but "
                    f"{known.title} rows do not say it; add --rater-kind human or --rater-kind judge"
                )
            return known
    options = "; or ".join(
        f"{', '.join(sorted(known.needs))} ({known.title})" for known in FORMATS if known.kind == kind
    )
    got = ", ".join(sorted(map(str, present))) or "none"
    raise BadInput(f"expected {kind} with the columns {options}, got the columns {got}; rename them")


def _format(
    kind: RowKind,
    title: str,
    needs: str,
    also: str,
    read: Callable[[RawRow, ImportContext], Iterable[Any]],
    **rest: Any,  # noqa: ANN401  the further fields of `Format`
) -> Format:
    return Format(kind, title, frozenset(needs.split()), frozenset(also.split()), read, **rest)


OWN = "Evenhand"
_BATTLE = "question_id turn language category tstamp"
FORMATS: tuple[Format, ...] = (
    _format(
        RowKind.questions,
        OWN,
        "key turns",
        "source category language reference private created_at parts",
        own_rows.question,
        own=True,
    ),
    _format(
        RowKind.questions,
        "MT-bench",
        "question_id turns",
        "category reference language",
        published_questions.mt_question,
    ),
    _format(
        RowKind.questions,
        "AlpacaEval",
        "instruction",
        "input dataset generator output",
        published_questions.alpaca_question,
        source="alpaca_eval",
    ),
    _format(RowKind.questions, "Vicuna", "question_id text", "category language", published_questions.vicuna_question),
    _format(
        RowKind.responses,
        OWN,
        "question model turns",
        "source settings sample state cause prompt_tokens completion_tokens latency_seconds created_at parts",
        own_rows.response,
        own=True,
    ),
    _format(
        RowKind.responses,
        "MT-bench",
        "question_id model_id choices",
        "answer_id tstamp",
        published_questions.mt_answer,
    ),
    _format(
        RowKind.responses,
        "Vicuna",
        "question_id model_id text",
        "answer_id metadata",
        published_questions.vicuna_answer,
    ),
    _format(
        RowKind.responses,
        "AlpacaEval",
        "instruction output generator",
        "input dataset",
        published_questions.alpaca_answer,
        source="alpaca_eval",
    ),
    _format(
        RowKind.preferences,
        OWN,
        "question model_a model_b winner",
        "source row_key rater rater_kind turn strength reasons seconds flag comment blind created_at question_source "
        "rater_source response_a response_b form state score cause sample judge_model prompt_digest judge_settings "
        "category language",
        own_rows.preference,
        own=True,
    ),
    _format(
        RowKind.preferences,
        "LMArena battle",
        "question_id model_a model_b winner judge anony tstamp",
        "turn language category conversation_a conversation_b",
        arena_battles.arena,
    ),
    _format(
        RowKind.preferences,
        "battle",
        "model_a model_b winner annotator judge",
        _BATTLE,
        arena_battles.annotated,
    ),
    _format(
        RowKind.preferences,
        "plain battle",
        "model_a model_b winner",
        f"{_BATTLE} judge annotator rater anony conversation_a conversation_b",
        arena_battles.plain,
        says_rater_kind=False,
    ),
    _format(
        RowKind.satisfaction,
        OWN,
        "question model score scale_low scale_high",
        "source row_key rater rater_kind dimension turn seconds comment created_at question_source rater_source "
        "response state cause sample judge_model prompt_digest judge_settings",
        own_rows.satisfaction,
        own=True,
    ),
)
