"""Two models' responses with people's votes as a file for LLM Comparator.

Follows the JSON format of https://github.com/PAIR-code/llm-comparator (README, 2024): one example per question and
pair of responses, scores from -1.5 to 1.5, positive where model A is better.
"""

from collections import Counter
from typing import Any

from sqlmodel import Session

from storage.errors import BadInput
from storage.exchange.voted_pairs import VotedPair, read_voted_pairs
from storage.values import Turn, Winner, turn_text

SCORES = {Winner.model_a: 1.0, Winner.model_b: -1.0, Winner.tie: 0.0, Winner.both_bad: 0.0}
"""`better` in that tool; 1.5 would mean much better, which raters are not asked."""

_SCHEMA = [
    {"name": "question_key", "type": "string"},
    {"name": "source", "type": "category"},
    {"name": "language", "type": "category"},
    {"name": "verdicts", "type": "number"},
    {"name": "both_bad", "type": "number"},
]


def comparison(session: Session, models: tuple[str, str] | None, left_out: Counter[str]) -> dict[str, Any]:
    """The content of the file; votes on other models are counted as `other_models`.

    Args:
        session: a reading session.
        models: names of model A and model B; None for the only two models with votes on known texts.
        left_out: counts of votes left out by reason, which are increased.

    Raises:
        BadInput: there are more or fewer than two models, or a named model has no votes on known texts.
    """
    pairs = list(read_voted_pairs(session, left_out))
    present = sorted({name for pair in pairs for name in (pair.model_a, pair.model_b)})
    if models is None:
        if len(present) != 2:
            raise BadInput(
                f"expected two models for LLM Comparator, got {len(present)} with votes on stored responses "
                f"({', '.join(present[:8]) or 'none'}); name two of them"
            )
        models = present[0], present[1]
    for name in models:
        if name not in present:
            raise BadInput(
                f"expected a model with votes on stored responses, got {name!r}; there are {', '.join(present[:8])}"
            )
    groups: dict[tuple[str, str, str, str], list[tuple[VotedPair, bool]]] = {}
    for pair in pairs:
        if {pair.model_a, pair.model_b} != set(models):
            left_out["other_models"] += 1
            continue
        flipped = pair.model_a != models[0]
        a, b = (pair.b, pair.a) if flipped else (pair.a, pair.b)
        groups.setdefault((pair.source, pair.key, _text(a), _text(b)), []).append((pair, flipped))
    return {
        "metadata": {"source_path": "Evenhand", "custom_fields_schema": _SCHEMA},
        "models": [{"name": name} for name in models],
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
            {"score": score, "is_flipped": flipped, "rating_label": str(pair.winner), "rationale": ""}
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
