"""Length-controlled win rates of AlpacaEval (Dubois et al. 2024, arXiv 2404.04475).

A logistic regression explains each preference by the model, by the difference of both lengths and by the difficulty of
the instruction; the win rate is its prediction for responses of equal length. Two models that were told to be verbose
or concise, with the weight of a tenth each, keep the effect of length within what is plausible. Their preferences and
the difficulties are in `df_gamed.csv` of the data set `tatsu-lab/alpaca_eval`; without that file there is no figure,
because a fit without it gives rates far from the published ones.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from judging.recipes.figures import model_share
from judging.recipes.logistic import Numbers, fit_sparse, sigmoid
from judging.recipes.recipe import BenchmarkFacts, BenchmarkFigure, RecipeJudgment

GAMED = "df_gamed.csv"
COLUMNS = ("index", "preference", "std_delta_len", "instruction_difficulty")
FIGURE = "length-controlled win rate"
_FOLDS = 5
_GAMED_WEIGHT = 0.1


def length_controlled_figures(
    rows: Sequence[RecipeJudgment], facts: BenchmarkFacts, baseline: str
) -> list[BenchmarkFigure]:
    """The length-controlled win rate of each model in percent; none without `df_gamed.csv`."""
    gamed = facts.numbers.get(GAMED, ())
    if not gamed:
        return []
    figures = []
    for model in sorted({name for row in rows for name in row.models} - {baseline}):
        own = [row for row in rows if set(row.models) == {model, baseline}]
        figures.append(BenchmarkFigure(model, FIGURE, _controlled(own, facts, model, baseline, gamed), len(own)))
    return figures


def _controlled(
    rows: Sequence[RecipeJudgment],
    facts: BenchmarkFacts,
    model: str,
    baseline: str,
    gamed: Sequence[Mapping[str, float]],
) -> float | None:
    """Prediction for equal lengths, None without verdicts or a difference in length."""
    difficulty = {int(row["index"]): row["instruction_difficulty"] for row in reversed(gamed)}
    places = sorted(((int(facts.features[row.question, model][0]), row) for row in rows), key=lambda one: one[0])
    known = [(row, place) for place, row in places if place in difficulty]
    shares = [model_share(row, model) for row, _ in known]
    lengths = np.array(
        [facts.lengths[row.question, baseline] - facts.lengths[row.question, model] for row, _ in known], dtype=float
    )
    spread = lengths.std(ddof=1) if len(known) > 1 else 0.0
    if spread == 0.0:
        return None
    own = _design(lengths / spread, [difficulty[place] for _, place in known], 1.0)
    others = _design(
        np.array([row["std_delta_len"] for row in gamed]), [row["instruction_difficulty"] for row in gamed], 0.0
    )
    judged = np.array([share is not None for share in shares])
    design = np.vstack([others, own[judged]])
    explained = np.array([*(row["preference"] for row in gamed), *(share for share in shares if share is not None)])
    weights = np.array([_GAMED_WEIGHT] * len(gamed) + [1.0] * int(judged.sum()))
    found = fit_sparse(design, explained, weights, folds=_FOLDS)
    equal = own.copy()
    equal[:, 0] = 0.0
    return 100.0 * float(sigmoid(equal @ found).mean())


def _design(differences: Numbers, difficulties: Sequence[float], is_own: float) -> Numbers:
    return np.column_stack([np.tanh(differences), difficulties, np.full(len(differences), is_own)])
