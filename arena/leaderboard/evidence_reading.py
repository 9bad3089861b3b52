"""Read the evidence for a rating method from the store."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
from sqlmodel import Session

from arena.rating.evidence import Evidence
from arena.rating.method import RatingSettings
from arena.rating.style_features import StyleSources, battle_style, count_style
from storage.ledger.battle_reading import Selection, read_battles
from storage.ledger.battles import Battles
from storage.ledger.scores import Scores, read_scores
from storage.questions.names import judge_organisations, model_organisations, question_labels, rater_sources
from storage.questions.transcripts import response_texts
from storage.values import RaterKind

_NO_LABEL = "(none)"


def gather(session: Session, selection: Selection, reads: Collection[str], settings: RatingSettings) -> Evidence:
    """Read the evidence of a selection that a method and its settings need.

    Args:
        session: a reading session.
        selection: filter on battles and scores.
        reads: `battles`, `scores` or both.
        settings: settings of the method; style features need the texts of the responses.

    Raises:
        NotFound: the rater of the selection is not in the store.
    """
    battles = read_battles(session, selection) if "battles" in reads else Battles.empty()
    if settings.style and "scores" not in reads:
        return Evidence(battles, style=battle_style(battles, settings.style, _sources(session, battles, selection)))
    if "scores" not in reads:
        return Evidence(battles)
    return with_scores(battles, read_scores(session, selection))


def _sources(session: Session, battles: Battles, selection: Selection) -> StyleSources:
    """Sources of style features: the responses of the battles, and the organisations of models and judges."""
    texts = response_texts(session, np.unique(np.concatenate([battles.response_a, battles.response_b])).tolist())
    judges = judge_organisations(session) if selection.kind is RaterKind.judge else {}
    return StyleSources({identity: count_style(text) for identity, text in texts}, model_organisations(session), judges)


def with_scores(battles: Battles, scores: Scores) -> Evidence:
    """Re-index battles and scores to one sorted list of models."""
    models = tuple(sorted({*battles.models, *scores.models}))
    place = {name: code for code, name in enumerate(models)}
    of_battles = np.array([place[name] for name in battles.models], np.int32)
    of_scores = np.array([place[name] for name in scores.models], np.int32)
    return Evidence(
        replace(battles, models=models, a=_moved(of_battles, battles.a), b=_moved(of_battles, battles.b)),
        replace(scores, models=models, model=_moved(of_scores, scores.model)),
    )


def slice_masks(session: Session, battles: Battles, by: Sequence[str]) -> dict[str, npt.NDArray[np.bool_]]:
    """Masks over the rows of battles by name of the slice; combinations of several kinds are joined by " / ".

    Args:
        session: a reading session.
        battles: battles of one leaderboard.
        by: kinds of slices, among `category`, `language` and `rater_source`.
    """
    labels = [_labels(session, battles, kind) for kind in by]
    joined = [" / ".join(parts) for parts in zip(*labels, strict=True)]
    names, codes = np.unique(np.array(joined, dtype=object), return_inverse=True)
    return {str(name): codes == code for code, name in enumerate(names)}


def category_codes(session: Session, questions: Sequence[str]) -> npt.NDArray[np.int32]:
    """Code of the category of each question, and one more for an unknown question (-1)."""
    labels = {name: labels[0] or _NO_LABEL for name, labels in question_labels(session).items()}
    of_question = [*(labels.get(name, _NO_LABEL) for name in questions), _NO_LABEL]
    return np.unique(np.array(of_question, dtype=object), return_inverse=True)[1].astype(np.int32)


def _labels(session: Session, battles: Battles, kind: str) -> list[str]:
    if kind == "rater_source":
        return _spread(battles.raters, rater_sources(session), battles.rater)
    column = ("category", "language").index(kind)
    found = {name: labels[column] or _NO_LABEL for name, labels in question_labels(session).items()}
    return _spread(battles.questions, found, battles.question)


def _spread(names: Sequence[str], labels: Mapping[str, str], codes: npt.NDArray[np.int32]) -> list[str]:
    of_code = np.array([*(labels.get(name, _NO_LABEL) for name in names), _NO_LABEL], dtype=object)
    return list(of_code[codes])


def _moved(place: npt.NDArray[np.int32], codes: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    return place[codes] if len(place) else codes
