"""Scorers of free texts by their overlap with references: exact match, F1, ROUGE, BLEU and chrF.

Exact match and F1 follow the rules under which the figures of their data sets were published: those of SQuAD and of the
evaluation harness in English, those of CMRC 2018 in Chinese. ROUGE, BLEU and chrF are those of rouge-score and
sacrebleu.
"""

import re
import string
import unicodedata
from collections import Counter
from collections.abc import Sequence

from objective.scoring.overlap.ngram_overlap import chrf_counts, chrf_of_counts, corpus_bleu, corpus_chrf, rouge_f1
from objective.scoring.registry import Scorer, Values
from objective.scoring.sentences import find_answer
from objective.task import Item

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_ARTICLE_WORDS = frozenset({"a", "an", "the"})
_PUNCTUATION = str.maketrans("", "", string.punctuation)
_ANSWER_END = re.compile(r"[\n.,]")
"""Where the harness ends an answer to an open question."""
_LEADING_ARTICLES = re.compile(r"\b(?:The |the |An |A |a |an )")
_ANSWER_MARK = "答案是"
_CHINESE_PUNCTUATION = "，。：？！“”；’《》……·、「」（）－～『』,.:?!\"';<>()-_*^/\\~`+=|[]{}@#$%&‘"
_CHINESE_TOKEN = re.compile(rf"[\u4e00-\u9fa5]|[^\s\u4e00-\u9fa5{re.escape(_CHINESE_PUNCTUATION)}]+")


def normalise_squad(text: str) -> str:
    """A text without case, punctuation, English articles and double spaces (Rajpurkar et al., 2016, SQuAD)."""
    plain = text.lower().translate(_PUNCTUATION)
    words = plain.split()
    if "".join(words).isalnum():  # else a word may hold an article beside a sign that is no ASCII punctuation
        return " ".join(word for word in words if word not in _ARTICLE_WORDS)
    return " ".join(_ARTICLES.sub(" ", plain).split())


def token_f1(predicted: Sequence[str], gold: Sequence[str]) -> float:
    """F1 of the tokens of two texts, counted as often as they occur; 1.0 for two empty texts."""
    if not predicted or not gold:
        return float(predicted == gold)
    if set(predicted).isdisjoint(gold):
        return 0.0
    common = sum((Counter(predicted) & Counter(gold)).values())
    return 2 * common / (len(predicted) + len(gold))


def _squad(item: Item, output: str) -> Values | None:
    """Best exact match and F1 over the references, in the normalisation of SQuAD."""
    answer = output.strip().split("\n", 1)[0]
    if not answer:
        return None
    plain = normalise_squad(answer)
    golds = [normalise_squad(gold) for gold in item.gold]
    f1 = max(token_f1(plain.split(), gold.split()) for gold in golds)
    return {"exact_match": float(plain in golds), "f1": f1}


def _open_answer(item: Item, output: str, *, ignored: re.Pattern[str] | None = None) -> Values | None:
    """Exact match as in the harness, F1 as in SQuAD, and whether a sentence states an accepted answer.

    The harness ends an answer at a line break, full stop or comma, which chat models seldom write; `stated` is the
    measure for them.
    """
    whole = output.strip()
    if not whole:
        return None

    def plain(text: str) -> str:
        return (ignored.sub("", text) if ignored else text).lower().translate(_PUNCTUATION)

    answer = plain(_ANSWER_END.split(whole, maxsplit=1)[0].strip())
    f1 = _squad(item, whole) or {"f1": 0.0}
    folded = whole.casefold()
    held = [gold for gold in item.gold if gold.strip().casefold() in folded]
    is_stated = bool(held) and find_answer(whole, held, item.question) == "stated"
    is_exact = any(answer == plain(gold) for gold in item.gold)
    return {"exact_match": float(is_exact), "f1": f1["f1"], "stated": float(is_stated or is_exact)}


def _open_answer_without_articles(item: Item, output: str) -> Values | None:
    return _open_answer(item, output, ignored=_LEADING_ARTICLES)


def chinese_tokens(text: str) -> list[str]:
    """Chinese characters one by one and other words as they are, in lower case and without punctuation."""
    return _CHINESE_TOKEN.findall(text.lower())


def _longest_common_run(first: Sequence[str], second: Sequence[str]) -> int:
    """Length of the longest sequence of tokens that stands in both without a gap."""
    best, before = 0, [0] * (len(second) + 1)
    for token in first:
        row = [0]
        for place, other in enumerate(second):
            row.append(before[place] + 1 if token == other else 0)
        best, before = max(best, *row), row
    return best


def _span_f1(predicted: Sequence[str], gold: Sequence[str]) -> float:
    common = _longest_common_run(predicted, gold)
    return 2 * common / (len(predicted) + len(gold)) if common else 0.0


def _chinese_span(item: Item, output: str) -> Values | None:
    """Exact match and F1 as in CMRC 2018, where F1 counts the longest run of characters that both texts hold."""
    answer = output.rpartition(_ANSWER_MARK)[2].strip().split("\n", 1)[0]
    predicted = chinese_tokens(unicodedata.normalize("NFKC", answer))
    if not predicted:
        return None
    golds = [chinese_tokens(unicodedata.normalize("NFKC", gold)) for gold in item.gold]
    is_exact = any("".join(predicted) == "".join(gold) for gold in golds)
    return {"exact_match": float(is_exact), "f1": 1.0 if is_exact else max(_span_f1(predicted, gold) for gold in golds)}


def _first_line(output: str) -> str:
    return output.strip().split("\n", 1)[0].strip()


def _translation(item: Item, output: str) -> Values | None:
    """ChrF of one translation; a whole set has BLEU and chrF of its own."""
    line = _first_line(output)
    return {"sentence_chrf": chrf_of_counts(chrf_counts(line, item.gold)) / 100} if line else None


def _bleu(items: Sequence[Item], outputs: Sequence[str]) -> float:
    """BLEU of all translations, with the tokeniser of sacrebleu for the language that the items name."""
    tokeniser = _TOKENISERS.get(str(items[0].data.get("language", ""))[:3], "13a")
    return corpus_bleu(list(map(_first_line, outputs)), [item.gold for item in items], tokeniser) / 100


def _corpus_chrf(items: Sequence[Item], outputs: Sequence[str]) -> float:
    """ChrF of all translations."""
    return corpus_chrf(list(map(_first_line, outputs)), [item.gold for item in items]) / 100


_TOKENISERS = {"zho": "zh", "zh": "zh", "jpn": "char", "ja": "char", "kor": "char", "ko": "char", "tha": "char"}
"""Tokenisers of BLEU by code of language; others are split as in WMT (13a)."""


_ROUGES = ("rouge_l", "rouge_1", "rouge_2")


def _rouge(item: Item, output: str) -> Values | None:
    """F1 of ROUGE-L, ROUGE-1 and ROUGE-2, each with its best reference; Chinese is split into characters."""
    if not output.strip():
        return None
    predicted = chinese_tokens(output)
    found = [rouge_f1(predicted, chinese_tokens(gold)) for gold in item.gold]
    return {name: max(one[name] for one in found) for name in _ROUGES}


SQUAD = Scorer("squad", 1, ("f1", "exact_match"), score=_squad)
OPEN_ANSWER = Scorer("open_answer", 1, ("exact_match", "f1", "stated"), score=_open_answer)
OPEN_ANSWER_WITHOUT_ARTICLES = Scorer(
    "open_answer_without_articles", 1, ("exact_match", "f1", "stated"), score=_open_answer_without_articles
)
CHINESE_SPAN = Scorer("chinese_span", 1, ("exact_match", "f1"), score=_chinese_span)
TRANSLATION = Scorer(
    "translation", 1, ("sentence_chrf",), score=_translation, corpus={"bleu": _bleu, "chrf": _corpus_chrf}
)
ROUGE = Scorer("rouge", 1, _ROUGES, score=_rouge)
