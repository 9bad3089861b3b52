"""Scorers of classifications by more than accuracy: mean of F1 over classes, F1 of right answers, and Matthews.

Each comes in two forms: for letters read from outputs, and for the likelihoods of options. An output without a readable
letter counts as a class of its own, which is never right. The three measures are sums of counts, so they need none of
the libraries that take seconds to import.
"""

import math
from collections.abc import Callable, Sequence

from objective.request import ScoredContinuation
from objective.scoring.answers import LIKELIHOOD_METRICS, score_options, score_output
from objective.scoring.registry import Scorer, Values
from objective.task import Item

_UNPARSED = "?"
Measure = Callable[[Sequence[str], Sequence[str], str], float]
"""Function from right letters, predicted letters, and the letters of the options to a value."""


def _macro_f1(right: Sequence[str], predicted: Sequence[str], letters: str) -> float:
    """Mean of F1 over all classes, as the harness has it for CB; 0 for a class that is neither right nor predicted."""
    return math.fsum(_f1(right, predicted, letter) for letter in letters) / len(letters)


def _answer_f1(right: Sequence[str], predicted: Sequence[str], letters: str) -> float:
    """F1 of the first option over all answers of all questions, F1a of MultiRC (Khashabi et al., 2018)."""
    return _f1(right, predicted, letters[0])


def _f1(right: Sequence[str], predicted: Sequence[str], letter: str) -> float:
    """Twice the hits of a class over the number of times that it is right or predicted."""
    hits = sum(one == other == letter for one, other in zip(right, predicted, strict=True))
    said = right.count(letter) + predicted.count(letter)
    return 2 * hits / said if said else 0.0


def _matthews(right: Sequence[str], predicted: Sequence[str], letters: str) -> float:
    """Matthews correlation over any number of classes (Gorodkin, 2004), in [-1, 1]; 0 for one answer throughout."""
    classes = sorted({*letters, *right, *predicted})
    n = len(right)
    given, said = ([each.count(one) for one in classes] for each in (right, predicted))
    hits = sum(one == other for one, other in zip(right, predicted, strict=True))
    covariance = hits * n - sum(a * b for a, b in zip(given, said, strict=True))
    spread = (n * n - sum(a * a for a in given)) * (n * n - sum(b * b for b in said))
    return covariance / math.sqrt(spread) if spread else 0.0


def _score(item: Item, output: str) -> Values | None:
    score = score_output(item, output).score
    return None if score is None else {"accuracy": score}


def _score_options(item: Item, texts: Sequence[str], scored: Sequence[ScoredContinuation]) -> Values | None:
    answers = score_options(item, texts, scored)
    values = {metric: answer.score for metric, answer in answers.items() if answer.score is not None}
    return values or None


def _letters_of(items: Sequence[Item]) -> str:
    return max((item.letters for item in items), key=len)


def _by_output(measure: Measure) -> Callable[[Sequence[Item], Sequence[str]], float]:
    def value(items: Sequence[Item], outputs: Sequence[str]) -> float:
        read = [score_output(item, output).extracted or _UNPARSED for item, output in zip(items, outputs, strict=True)]
        return measure([item.gold[0] for item in items], read, _letters_of(items))

    return value


def _by_likelihood(measure: Measure) -> Callable[[Sequence[Item], Sequence[Sequence[ScoredContinuation]]], float]:
    def value(items: Sequence[Item], scored: Sequence[Sequence[ScoredContinuation]]) -> float:
        likeliest = [
            item.letters[max(range(len(each)), key=lambda place: each[place].nats)]
            for item, each in zip(items, scored, strict=True)
        ]
        return measure([item.gold[0] for item in items], likeliest, _letters_of(items))

    return value


def _scorers(name: str, measure: Measure) -> tuple[Scorer, Scorer]:
    """The scorer of outputs and that of likelihoods."""
    return (
        Scorer(name, 1, ("accuracy",), score=_score, corpus={name: _by_output(measure)}),
        Scorer(
            f"{name}_options",
            1,
            tuple(LIKELIHOOD_METRICS),
            score_options=_score_options,
            corpus_options={name: _by_likelihood(measure)},
        ),
    )


MACRO_F1, MACRO_F1_OPTIONS = _scorers("macro_f1", _macro_f1)
ANSWER_F1, ANSWER_F1_OPTIONS = _scorers("answer_f1", _answer_f1)
MATTHEWS, MATTHEWS_OPTIONS = _scorers("matthews", _matthews)
