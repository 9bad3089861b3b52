"""The plain win rate: the share of points in the battles of a model, a tie being half.

It needs no likelihood and is easy to explain, but it depends on the opponents of a model: strong ones lower it.
"""

from dataclasses import replace

from arena.rating.connection import find_islands
from arena.rating.evidence import Evidence
from arena.rating.means import ScoredRows, mean_scores
from arena.rating.method import Ratings, RatingSettings
from arena.rating.tally import refuse_many_models, refuse_settings, settings_used, tally_rows, usable_rows
from arena.rating.weights import battle_weights

WIN_RATE = "win-rate"

_USED = ("both_bad", "level", "interval", "weights")


def rate_win_rate(evidence: Evidence, *, settings: RatingSettings) -> Ratings:
    """Rate models by their mean score in percent; see `mean_scores` for intervals.

    Models are still grouped into islands, because win rates of different islands cannot be compared.

    Raises:
        BadInput: weights that the battles do not have, or a setting that this method does not support.
    """
    refuse_settings(settings, WIN_RATE, style=True, raters=True)
    refuse_many_models(len(evidence.battles.models), WIN_RATE)
    battles = evidence.battles
    rows = usable_rows(battles, settings)
    weights = battle_weights(rows, settings.weights)
    tally = tally_rows(battles, rows, None, settings)
    means = mean_scores(
        ScoredRows(
            n_models=len(battles.models),
            first=rows.a,
            second=rows.b,
            score=rows.score,
            two=True,
            weights=weights,
            rater=rows.rater,
            question=rows.question,
        ),
        settings,
    )
    return replace(
        means.as_ratings(WIN_RATE, battles.models, settings_used(settings, _USED)),
        win_rate=tally.plain.win_rate(),
        both_bad=tally.both_bad,
        island=find_islands(tally.plain),
        left_out=tally.left_out,
    )
