"""ROUGE, chrF and BLEU by sets of n-grams: every digit as rouge-score and sacrebleu have it, several times as fast.

A pair of texts seldom shares an n-gram that stands twice in both, so most are counted as an intersection of sets; and
where two texts share no n-gram, they share no longer one.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Sequence
from functools import cache
from itertools import islice
from operator import itemgetter
from typing import Any

CHARACTERS = 6
"""Longest n-grams of chrF, in characters."""
WORDS = 4
"""Longest n-grams of BLEU, in words."""
_MOST_CUT_AT_ONCE = 400
"""Number of n-grams that one call cuts out of a text; for each number up to this, the places are kept."""
_MOST_SEARCHED = 100
"""Entries of a list that is searched for one; those of a longer one are counted first."""
_RECALL = 4
"""Weight of recall in chrF: the square of its beta, 2."""


def rouge_f1(predicted: Sequence[str], gold: Sequence[str]) -> dict[str, float]:
    """F1 of the longest common subsequence of two texts (`rouge_l`), and of their words and pairs of words."""
    lengths = len(predicted), len(gold)
    common = longest_common_subsequence(predicted, gold)
    pairs = tuple(max(length - 1, 0) for length in lengths)
    words = shared(predicted, gold)
    shared_pairs = shared(_word_ngrams(predicted, 2), _word_ngrams(gold, 2)) if words else 0
    return {
        "rouge_l": _f1(common, *lengths),
        "rouge_1": _f1(words, *lengths),
        "rouge_2": _f1(shared_pairs, *pairs),
    }


def _f1(common: int, predicted: int, gold: int) -> float:
    precision, recall = common / max(predicted, 1), common / max(gold, 1)
    return 2 * precision * recall / (precision + recall) if common else 0.0


def longest_common_subsequence(first: Sequence[str], second: Sequence[str]) -> int:
    """Length of the longest sequence of tokens that stands in both in order, by the bits of a number (Hyyrö, 2004)."""
    places: dict[str, int] = {}
    for place, token in enumerate(first):
        places[token] = places.get(token, 0) | 1 << place
    every = unmatched = (1 << len(first)) - 1
    for token in second:
        if at := places.get(token):
            met = unmatched & at
            unmatched = ((unmatched + met) | (unmatched - met)) & every
    return len(first) - unmatched.bit_count()


def shared(first: Sequence[Hashable], second: Sequence[Hashable]) -> int:
    """Number of entries that two lists share, each counted as often as it stands in both."""
    distinct = set(first)
    common = distinct.intersection(second)
    if not common or len(distinct) == len(first):
        return len(common)
    twice = [(one, count) for one, count in Counter(first).items() if count > 1 and one in common]
    found = second.count if len(second) <= _MOST_SEARCHED else Counter(second).__getitem__
    return len(common) + sum(min(count, found(one)) - 1 for one, count in twice)


def _word_ngrams(words: Sequence[str], order: int) -> list[tuple[str, ...]]:
    return list(zip(*(islice(words, start, None) for start in range(order)), strict=False))


def chrf_counts(text: str, references: Sequence[str]) -> list[int]:
    """For each length of n-grams, how many the text holds, how many the best reference, and how many both."""
    found = [_chrf_counts("".join(text.split()), "".join(one.split())) for one in references]
    return found[0] if len(found) == 1 else max(found, key=chrf_of_counts)


def _chrf_counts(text: str, reference: str) -> list[int]:
    counts: list[int] = []
    matches = 1
    for order in range(1, CHARACTERS + 1):
        own, theirs = max(len(text) - order + 1, 0), max(len(reference) - order + 1, 0)
        if matches:
            matches = shared(_character_ngrams(text, order, own), _character_ngrams(reference, order, theirs))
        counts += (own if theirs else 0, theirs, matches)
    return counts


def _character_ngrams(text: str, order: int, count: int) -> Sequence[str]:
    """The n-grams of a text, whose number is known; those of short texts are cut out at once."""
    if order == 1:
        return text
    if 1 < count <= _MOST_CUT_AT_ONCE:
        return _cutter(order, count)(text)
    return [text[start : start + order] for start in range(count)]


@cache
def _cutter(order: int, count: int) -> Callable[[str], tuple[str, ...]]:
    return itemgetter(*_slices(order)[:count])


@cache
def _slices(order: int) -> list[slice]:
    return [slice(start, start + order) for start in range(_MOST_CUT_AT_ONCE)]


def chrf_of_counts(counts: Sequence[int]) -> float:
    """ChrF of the counts of a text, or of the sums of a whole set, from 0 to 100."""
    precision = recall = 0.0
    orders = 0
    for own, theirs, matches in zip(counts[::3], counts[1::3], counts[2::3], strict=True):
        if own and theirs:
            precision += matches / own
            recall += matches / theirs
            orders += 1
    if not precision + recall:
        return 0.0
    precision /= orders
    recall /= orders
    score = (1 + _RECALL) * precision * recall
    score /= (_RECALL * precision) + recall
    return 100 * score


def corpus_chrf(texts: Sequence[str], references: Sequence[Sequence[str]]) -> float:
    """ChrF of a whole set from 0 to 100; each text has references of its own."""
    return chrf_of_counts(_sums(map(chrf_counts, texts, references)))


def corpus_bleu(texts: Sequence[str], references: Sequence[Sequence[str]], tokeniser: str = "13a") -> float:
    """BLEU of a whole set from 0 to 100; each text has references of its own.

    Args:
        texts: texts of a model.
        references: references of each.
        tokeniser: name of a tokeniser of sacrebleu.
    """
    split, score = _tokeniser(tokeniser), _bleu_class().compute_bleu
    length, gold_length, *counts = _sums(
        _bleu_counts(split(text), [split(one) for one in own]) for text, own in zip(texts, references, strict=True)
    )
    found: Any = score(counts[:WORDS], counts[WORDS:], length, gold_length, smooth_method="exp")
    return float(found.score)


def _bleu_counts(words: Sequence[str], references: Sequence[Sequence[str]]) -> list[int]:
    """Words of a text and of the reference closest in length; then, by length of n-grams, those in both and in it."""
    closest = min((abs(len(words) - len(one)), len(one)) for one in references)[1]
    in_both: list[int] = []
    for order in range(1, WORDS + 1):
        if in_both and not in_both[-1]:
            in_both.append(0)
            continue
        own = _word_ngrams(words, order)
        in_both.append(
            shared(own, _word_ngrams(references[0], order))
            if len(references) == 1
            else _clipped(own, [_word_ngrams(one, order) for one in references])
        )
    totals = [max(len(words) - order, 0) for order in range(WORDS)]
    return [len(words), closest, *in_both, *totals]


def _clipped(own: Sequence[Hashable], references: Sequence[Sequence[Hashable]]) -> int:
    """Entries of a list that references hold, each counted as often as in the reference with most of it."""
    most: Counter[Hashable] = Counter()
    for one in references:
        most |= Counter(one)
    return (Counter(own) & most).total()


def _sums(rows: Iterator[list[int]]) -> list[int]:
    return [sum(column) for column in zip(*rows, strict=True)]


@cache
def _tokeniser(name: str) -> Callable[[str], list[str]]:
    split: Callable[[str], str] = _bleu_class()(tokenize=name).tokenizer
    return lambda text: split(text.rstrip()).split()


@cache
def _bleu_class() -> Any:  # noqa: ANN401  the library has no types
    from sacrebleu.metrics import BLEU  # noqa: PLC0415  only where BLEU is computed

    return BLEU
