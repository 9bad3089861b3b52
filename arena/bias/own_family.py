"""Self-preference of a judge: its bias for models of its own organisation, relative to other raters.

The judgments of the judge alone cannot show it, since its own family may really be better. So strengths are fitted to
its judgments and to the preferences of the other raters together, and the bias of the judge for its family is one
more effect. Each of the two has its own effects of side, length and formatting. Both are assumed to separate models
equally sharply; a judge that separates them more sharply stretches all differences, its own family included.
"""

from dataclasses import replace
from typing import Any

import numpy as np
from scipy.special import expit

from arena.bias.effects import Effect
from arena.rating.clusters import find_clusters
from arena.rating.main_group import find_main_group
from arena.rating.method import ELO_PER_NAT
from arena.rating.spread import clustered_spread, independent_spread, quantiles
from arena.rating.style_features import BattleStyle
from arena.rating.style_fit import StyleFit, StyleRows, fit_style
from arena.rating.style_rating import style_scores
from storage.errors import BadInput
from storage.ledger.battles import COLUMNS, Battles, CodeArray, FloatArray

OWN = "own"

Side = tuple[Battles, BattleStyle]
"""Battles with their features, row by row."""


def own_family_effect(judge: Side, others: Side, *, against: str, level: float) -> Effect:
    """The effect of a response being from the own organisation of a judge, relative to other raters.

    Args:
        judge: battles of the judge; `own` is among the features.
        others: battles of the other raters; `own` is not used.
        against: name of the other raters.
        level: confidence of the interval, which is clustered by question.

    Raises:
        BadInput: the battles do not determine the effect, because no own model met another one, or not under the
            other raters.
    """
    sides = [_usable(judge), _usable(others)]
    joined = join(sides[0][0], sides[1][0])
    names, features = _features(sides[0][1], sides[1][1])
    group = find_main_group(joined, purpose=f"a comparison with {against}")
    inside = features[group.inside]
    told = np.abs(inside).max(axis=0, initial=0.0) > 0.0
    if not told[0]:
        raise BadInput(
            "expected judgments on models of its own organisation against others, got none; run the judge on some"
        )
    try:
        fit = fit_style(
            StyleRows(
                n_models=len(group.members),
                a=group.a,
                b=group.b,
                score=group.rows.score,
                weights=None,
                names=tuple(name for name, is_told in zip(names, told, strict=True) if is_told),
                features=inside[:, told],
            )
        )
    except BadInput as error:
        raise BadInput(
            f"expected battles by {against} of models of its own organisation against others, got too few to separate "
            "a bias from quality; collect more"
        ) from error
    spread, freedom = _spread(fit, group.a, group.b, group.rows.question)
    nats = float(fit.effect[0] / fit.typical[0])
    reach = float(quantiles(np.array([freedom]), level)[0]) * spread / float(fit.typical[0])
    points = (ELO_PER_NAT * np.array([nats, nats - reach, nats + reach])).tolist()
    wins = expit(np.array([nats, nats - reach, nats + reach])).tolist()
    return Effect(OWN, points[0], points[1], points[2], 1.0, wins[0], wins[1], wins[2], joint=True, against=against)


def join(one: Battles, other: Battles) -> Battles:
    """Rows of both, re-indexed to common lists of models and questions; raters are dropped."""
    models = tuple(sorted({*one.models, *other.models}))
    questions = tuple(sorted({*one.questions, *other.questions}))
    columns = {name: [getattr(part, name) for part in (one, other)] for name in COLUMNS}
    for name, words in (("a", models), ("b", models), ("question", questions)):
        own = [part.questions if name == "question" else part.models for part in (one, other)]
        columns[name] = [_moved(known, words, codes) for known, codes in zip(own, columns[name], strict=True)]
    merged: dict[str, Any] = {name: np.concatenate(parts) for name, parts in columns.items()}
    merged["rater"] = np.full(len(merged["a"]), -1, np.int32)
    losses = one.empty_losses + other.empty_losses
    return replace(one, models=models, raters=(), questions=questions, counts={}, empty_losses=losses, **merged)


def _usable(side: Side) -> Side:
    battles, style = side
    chosen = style.known & (battles.a != battles.b)
    return battles.subset(chosen), BattleStyle(style.names, style.values[chosen], style.known[chosen])


def _features(judge: BattleStyle, others: BattleStyle) -> tuple[list[str], FloatArray]:
    """Feature `own` first, then every other feature twice: for the rows of the judge and for those of the others."""
    n, more = len(judge.values), len(others.values)
    names = [OWN]
    columns = [np.append(judge.values[:, judge.names.index(OWN)], np.zeros(more))]
    for style, before, after in ((judge, 0, more), (others, n, 0)):
        for place, name in enumerate(style.names):
            if name != OWN:
                names.append(name)
                columns.append(np.concatenate([np.zeros(before), style.values[:, place], np.zeros(after)]))
    return names, np.column_stack(columns)


def _spread(fit: StyleFit, a: CodeArray, b: CodeArray, question: CodeArray) -> tuple[float, float]:
    """Standard error of the first effect, in nats per typical difference, and its degrees of freedom."""
    nothing = np.zeros(len(fit.strength))
    scores = style_scores(a, b, fit, None)
    clusters = find_clusters(np.full(len(a), -1, np.int32), question, "question")
    if clusters.keys:
        spread = clustered_spread(scores, fit.inverse, clusters, None, nothing)
    else:
        spread = independent_spread(scores, fit.inverse, nothing, corrected=True)
    return float(np.sqrt(max(spread.further[0], 0.0))), float(spread.further_freedom[0])


def _moved(known: tuple[str, ...], words: tuple[str, ...], codes: CodeArray) -> CodeArray:
    place = {word: code for code, word in enumerate(words)}
    return np.array([*(place[word] for word in known), -1], np.int32)[codes]
