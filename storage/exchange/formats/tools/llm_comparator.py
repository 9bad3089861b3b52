"""LLM Comparator: two models' responses with judgments or votes, read and written.

Follows the JSON format of https://github.com/PAIR-code/llm-comparator (README, 2024): one example per question and
pair of responses, scores from -1.5 to 1.5, positive where model A is better. Raters of such a file are judges unless
it says otherwise, as Evenhand's own do in `rater_kind`.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from sqlmodel import Session

from storage.errors import BadInput
from storage.exchange.formats.battles import models, rater_label, three_way
from storage.exchange.formats.row_format import RowFormat
from storage.exchange.rows import fields
from storage.exchange.rows.canonical import ONLY, BattleTexts, ImportContext, PreferenceRow, RawRow, RowKind
from storage.exchange.rows.problems import shown
from storage.exchange.voted_pairs import VotedPair, read_voted_pairs
from storage.values import UNKNOWN_KEY, RaterKind, Turn, Winner, canonical_json, digest, turn_text

SCORES = {Winner.model_a: 1.0, Winner.model_b: -1.0, Winner.tie: 0.0, Winner.both_bad: 0.0}
"""`better` in that tool; 1.5 would mean much better, which raters are not asked."""

_SCHEMA = [
    {"name": "question_key", "type": "string"},
    {"name": "source", "type": "category"},
    {"name": "language", "type": "category"},
    {"name": "verdicts", "type": "number"},
    {"name": "both_bad", "type": "number"},
]


def comparison(session: Session, wanted: tuple[str, str] | None, left_out: Counter[str]) -> dict[str, Any]:
    """The content of the file; votes on other models are counted as `other_models`.

    Args:
        session: a reading session.
        wanted: names of model A and model B; None for the only two models with votes on known texts.
        left_out: counts of votes left out by reason, which are increased.

    Raises:
        BadInput: there are more or fewer than two models, or a named model has no votes on known texts.
    """
    pairs = list(read_voted_pairs(session, left_out))
    present = sorted({name for pair in pairs for name in (pair.model_a, pair.model_b)})
    chosen = wanted
    if chosen is None:
        if len(present) != 2:
            raise BadInput(
                f"expected two models for LLM Comparator, got {len(present)} with votes on stored responses "
                f"({', '.join(present[:8]) or 'none'}); name two of them"
            )
        chosen = present[0], present[1]
    for name in chosen:
        if name not in present:
            raise BadInput(
                f"expected a model with votes on stored responses, got {name!r}; there are {', '.join(present[:8])}"
            )
    groups: dict[tuple[str, str, str, str], list[tuple[VotedPair, bool]]] = {}
    for pair in pairs:
        if {pair.model_a, pair.model_b} != set(chosen):
            left_out["other_models"] += 1
            continue
        flipped = pair.model_a != chosen[0]
        a, b = (pair.b, pair.a) if flipped else (pair.a, pair.b)
        groups.setdefault((pair.source, pair.key, _text(a), _text(b)), []).append((pair, flipped))
    return {
        "metadata": {"source_path": "Evenhand", "custom_fields_schema": _SCHEMA},
        "models": [{"name": name} for name in chosen],
        "examples": [_example(a, b, votes) for (_, _, a, b), votes in groups.items()],
    }


def _example(a: str, b: str, votes: list[tuple[VotedPair, bool]]) -> dict[str, Any]:
    scores = [SCORES[pair.winner] * (-1 if flipped else 1) + 0.0 for pair, flipped in votes]
    first = votes[0][0]
    return {
        "input_text": _text(first.question),
        "tags": [] if first.category is None else [first.category],
        "output_text_a": a,
        "output_text_b": b,
        "score": sum(scores) / len(scores),
        "individual_rater_scores": [
            {
                "score": score,
                "is_flipped": flipped,
                "rating_label": str(pair.winner),
                "rationale": "",
                "rater_kind": "human",
            }
            for score, (pair, flipped) in zip(scores, votes, strict=True)
        ],
        "custom_fields": {
            "question_key": first.key,
            "source": first.source,
            "language": first.language or "",
            "verdicts": len(votes),
            "both_bad": sum(pair.winner is Winner.both_bad for pair, _ in votes),
        },
    }


def _text(turns: list[Turn]) -> str:
    return "\n\n".join(turn_text(turn) for turn in turns)


def examples(document: RawRow) -> Iterator[RawRow]:
    """The examples of a file, each with the names of both models."""
    models = document.get("models")
    names = [one.get("name") for one in models if isinstance(one, Mapping)] if isinstance(models, list) else []
    if len(names) != 2:
        raise BadInput(f"expected two models with a name in 'models', got {shown(models)}; correct them")
    listed = document.get("examples")
    for example in listed if isinstance(listed, list) else ():
        content = example if isinstance(example, Mapping) else {"input_text": None}
        yield {"model_a": names[0], "model_b": names[1], **content}


def example(row: RawRow, context: ImportContext) -> Iterator[PreferenceRow]:
    """The verdicts on one example, or its score where it has no separate ones."""
    own = fields.json_value(row, "custom_fields")
    own = own if isinstance(own, Mapping) else {}
    prompt = fields.required(row, "input_text", fields.text)
    texts = [[fields.clean_turn(fields.text(row, f"output_text_{side}") or "")] for side in "ab"]
    tags = fields.texts(row, "tags") or []
    source = fields.optional_name(own, "source") or context.row_source
    raters = row.get("individual_rater_scores") or [{"score": row.get("score")}]
    key = fields.optional_name(own, "question_key") or digest(canonical_json([prompt, *texts]))[:24]
    for place, rater in enumerate(raters):
        kind = fields.choice(rater, "rater_kind", RaterKind) or context.rater_kind or RaterKind.judge
        score = fields.required(rater, "score", fields.number)
        winner = _winner(score, str(rater.get("rating_label")))
        a, b = models(row)
        flipped = bool(fields.yes_no(rater, "is_flipped"))
        shown_winner = _OTHER[winner] if flipped else winner
        judged = three_way(shown_winner)._replace(sample=place) if kind is RaterKind.judge else None
        yield PreferenceRow(
            source,
            None,
            rater_label(kind, UNKNOWN_KEY),
            source,
            key,
            *((b, a) if flipped else (a, b)),
            shown_winner,
            response_a=ONLY,
            response_b=ONLY,
            judgment=judged,
            category=fields.optional_name({"tags": tags[0]}, "tags") if tags else None,
            language=fields.word(own, "language"),
            conversations=BattleTexts([fields.clean_turn(prompt)], *(texts[::-1] if flipped else texts)),
        )


def _winner(score: float, label: str) -> Winner:
    """The winner by the score, which labels need not repeat; zero is a tie unless the label says both bad."""
    if score == 0:
        return Winner.both_bad if label == Winner.both_bad else Winner.tie
    return Winner.model_a if score > 0 else Winner.model_b


_OTHER = {
    Winner.model_a: Winner.model_b,
    Winner.model_b: Winner.model_a,
    Winner.tie: Winner.tie,
    Winner.both_bad: Winner.both_bad,
}
FORMATS = (
    RowFormat.of(
        RowKind.preferences,
        "LLM Comparator",
        example,
        needs="models examples",
        also="metadata model_a model_b input_text tags output_text_a output_text_b score individual_rater_scores "
        "custom_fields",
        split=examples,
    ),
)
