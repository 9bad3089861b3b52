"""Why an answer counts as it does, in one sentence of the reader's language."""

from collections.abc import Sequence

from app.views.sentences import say
from objective.evaluation.grading import GRADE
from storage.evaluations.reading import PredictionDetails
from storage.values import Language

MOST_QUOTED = 60
"""Longest text that a sentence quotes; longer ones are programs and paragraphs, which stand elsewhere."""


def reason(prediction: PredictionDetails, gold: Sequence[str], language: Language) -> str:
    """Return why a prediction counts as right or wrong, or has no score; empty where there is no more to say.

    Args:
        prediction: the prediction.
        gold: accepted answers.
        language: language of the reader.
    """
    state = prediction.ending
    if state == "unparsed":
        return _unread(prediction, language)
    if state not in ("right", "wrong"):
        return say(language, f"objective_why_{state}")
    score = prediction.score or 0.0
    verdict = say(language, f"objective_why_{state}")
    if 0.0 < score < 1.0:
        verdict = say(language, "objective_why_partial", score=f"{score:.2f}")
    grade = prediction.details.get(GRADE)
    if grade:
        return say(language, "objective_why_by_grader", verdict=verdict, name=grade["grader"])
    accepted = " / ".join(gold)
    read = prediction.extracted
    if not read or max(len(read), len(accepted)) > MOST_QUOTED:
        return say(language, "objective_why_alone", verdict=verdict)
    how = "likeliest" if "nats" in prediction.details else "read"
    told = say(language, f"objective_why_{how}", verdict=verdict, read=read)
    if state == "right" or not accepted:
        return told
    return say(language, "objective_why_accepted", told=told, accepted=accepted)


def _unread(prediction: PredictionDetails, language: Language) -> str:
    if not (prediction.output or "").strip():
        return say(language, "objective_why_empty")
    is_cut = prediction.details.get("finish") == "length"
    return say(language, "objective_why_unparsed_cut" if is_cut else "objective_why_unparsed")
