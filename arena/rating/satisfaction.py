"""Mean satisfaction: the mean score of the single responses of a model, in percent of the scale.

Scores of different dimensions and scales are averaged as shares of their scales; select one dimension to rate it by
itself.
"""

from dataclasses import replace

import numpy as np

from arena.rating.evidence import Evidence
from arena.rating.means import ScoredRows, mean_scores
from arena.rating.method import Ratings, RatingSettings
from arena.rating.tally import refuse_many_models, refuse_settings, settings_used
from storage.errors import BadInput

SATISFACTION = "satisfaction"

_USED = ("level", "interval")


def rate_satisfaction(evidence: Evidence, *, settings: RatingSettings) -> Ratings:
    """Rate models by their mean satisfaction score; see `mean_scores` for intervals.

    `battles` counts scores, and there is one island, since a score needs no opponent.

    Raises:
        BadInput: weights or style features, which scores do not have.
    """
    refuse_settings(settings, SATISFACTION, style=True, raters=True)
    refuse_many_models(len(evidence.battles.models), SATISFACTION)
    if settings.weights:
        raise BadInput(f"expected no weights with {SATISFACTION}, got {', '.join(settings.weights)}; leave them out")
    models, scores = evidence.battles.models, evidence.scores
    none = np.empty(0, np.int32)
    if scores is not None and scores.models != models:
        raise ValueError(f"expected scores over the models of the battles, got {scores.models!r} and {models!r}")
    model = none if scores is None else scores.model
    means = mean_scores(
        ScoredRows(
            n_models=len(models),
            first=model,
            second=model,
            score=np.empty(0) if scores is None else scores.value,
            two=False,
            weights=None,
            rater=none if scores is None else scores.rater,
            question=none if scores is None else scores.question,
        ),
        settings,
    )
    ratings = means.as_ratings(SATISFACTION, models, settings_used(settings, _USED))
    return ratings if scores is None else replace(ratings, left_out=dict(scores.counts))
