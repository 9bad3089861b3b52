"""Scorers of texts and classifications agree with hand calculations, with libraries and with the harness."""

import subprocess
import sys
from collections.abc import Sequence
from random import Random
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from objective.request import ScoredContinuation
from objective.scoring.classification import ANSWER_F1, MACRO_F1, MACRO_F1_OPTIONS, MATTHEWS
from objective.scoring.overlap.ngram_overlap import (
    chrf_counts,
    chrf_of_counts,
    corpus_bleu,
    corpus_chrf,
    longest_common_subsequence,
    rouge_f1,
    shared,
)
from objective.scoring.overlap.text_overlap import chinese_tokens, normalise_squad, token_f1
from objective.scoring.registry import SCORERS, Values, load_scorer
from objective.task import Item


def text_item(*gold: str, question: str = "", language: str = "") -> Item:
    return Item("1", question, gold, kind="text", data={"language": language} if language else {})


def score(name: str, item: Item, output: str) -> Values | None:
    scorer = load_scorer(name)
    assert scorer.score is not None
    return scorer.score(item, output)


@pytest.mark.parametrize("name", [name for name, place in SCORERS.items() if "text_overlap" in place])
def test_an_output_without_text_is_unparsed_and_never_zero(name: str) -> None:
    assert score(name, text_item("anything", language="deu"), " \n ") is None


def test_squad_takes_the_best_reference_without_case_punctuation_and_articles() -> None:
    item = text_item("the Blue Nile", "Nile")
    assert score("squad", item, "The blue Nile!") == {"exact_match": 1.0, "f1": 1.0}
    # three tokens against {blue, nile}: two in common, 2*2/(3+2)
    assert score("squad", item, "blue Nile river") == {"exact_match": 0.0, "f1": pytest.approx(0.8)}


@pytest.mark.parametrize(
    ("output", "exact", "stated"),
    [
        (" Mercury", 1.0, 1.0),
        ("mercury, which is liquid", 1.0, 1.0),
        ("Quick-silver.\nQuestion: next?", 1.0, 1.0),
        ("The metal is mercury.", 0.0, 1.0),
        ("It is not mercury.", 0.0, 0.0),
        ("Gallium", 0.0, 0.0),
    ],
)
def test_open_answers_are_exact_as_in_the_harness_and_stated_as_people_say_them(
    output: str, exact: float, stated: float
) -> None:
    values = score("open_answer", text_item("Mercury", "quicksilver", question="Which metal is liquid?"), output)
    assert values is not None
    assert (values["exact_match"], values["stated"]) == (exact, stated)


def test_natural_questions_ignore_leading_articles_as_the_harness_does() -> None:
    item = text_item("the Amazon")
    assert (score("open_answer_without_articles", item, "Amazon") or {})["exact_match"] == 1.0
    assert (score("open_answer", item, "Amazon") or {})["exact_match"] == 0.0


def test_chinese_spans_count_the_longest_common_run_of_characters() -> None:
    item = text_item("石匠陈守仁", "陈守仁")
    assert score("chinese_span", item, "答案是：陈守仁。") == {"exact_match": 1.0, "f1": 1.0}
    # the run 陈守仁 has 3 characters, of 4 and of 3: 2*3/(4+3)
    assert score("chinese_span", item, "由陈守仁") == {"exact_match": 0.0, "f1": pytest.approx(6 / 7)}
    assert chinese_tokens("光荣和ω-force，1907 年") == ["光", "荣", "和", "ω", "force", "1907", "年"]


def test_bleu_and_chrf_equal_those_of_sacrebleu_on_the_whole_set() -> None:
    import sacrebleu

    outputs = ["The last train runs today.", "A tall tree stands there.\nExtra line."]
    golds = ["The last train does not run today.", "A tall tree stands before the house."]
    items = [text_item(gold, language="eng_Latn") for gold in golds]
    corpus = load_scorer("translation").corpus
    lines = [output.split("\n")[0] for output in outputs]
    assert corpus["bleu"](items, outputs) == pytest.approx(sacrebleu.corpus_bleu(lines, [golds]).score / 100)
    assert corpus["chrf"](items, outputs) == pytest.approx(sacrebleu.corpus_chrf(lines, [golds]).score / 100)
    chinese = [text_item("最后一班火车今天不开。", language="zho_Hans")]
    expected = (
        sacrebleu.corpus_bleu(["最后一班火车明天不开。"], [["最后一班火车今天不开。"]], tokenize="zh").score / 100
    )
    assert corpus["bleu"](chinese, ["最后一班火车明天不开。"]) == pytest.approx(expected)
    assert 0.1 < expected < 0.9


WORDS = "a the aa ab ba council will build - 3.5 1,000 (x) don't 今天 天气 &amp; é 火车 , . ! 5- A the the".split(" ")


def generated(chance: Random) -> tuple[str, list[str]]:
    """A text with references, some of which differ from it in a word."""

    def words() -> str:
        return chance.choice([" ", ""]).join(chance.choices(WORDS, k=chance.choice([0, 1, 2, 3, 5, 13, 60])))

    text = words()
    near = text.replace(chance.choice(WORDS), chance.choice(WORDS), 1)
    return text, [words() if chance.random() < 0.4 else near for _ in range(chance.choice([1, 1, 2, 3]))]


def test_fast_metrics_equal_the_libraries_in_every_digit() -> None:
    import sacrebleu
    from rouge_score.rouge_scorer import RougeScorer

    chance, chrf = Random(1), sacrebleu.metrics.CHRF()
    rouge = RougeScorer(["rougeL", "rouge1", "rouge2"], tokenizer=SimpleNamespace(tokenize=chinese_tokens))
    texts, references = zip(*(generated(chance) for _ in range(120)), strict=True)
    for text, own in zip(texts, references, strict=True):
        assert chrf_of_counts(chrf_counts(text, own)) == chrf.sentence_score(text, own).score
        found = rouge.score_multi(own, text)
        mine = [rouge_f1(chinese_tokens(text), chinese_tokens(one)) for one in own]
        assert [max(one[name] for one in mine) for name in ("rouge_l", "rouge_1", "rouge_2")] == [
            found[name].fmeasure for name in ("rougeL", "rouge1", "rouge2")
        ]
    for start in range(0, 120, 40):
        some, theirs = texts[start : start + 40], references[start : start + 40]
        streams = [[one[min(place, len(one) - 1)] for one in theirs] for place in range(3)]
        assert corpus_chrf(some, theirs) == sacrebleu.corpus_chrf(some, streams).score
        for tokeniser in ("13a", "zh", "char"):
            expected = sacrebleu.corpus_bleu(some, streams, tokenize=tokeniser).score
            assert corpus_bleu(some, theirs, tokeniser) == expected


def test_long_texts_share_what_short_ones_do() -> None:
    """Texts beyond the number of n-grams that are cut at once, and of entries that are searched."""
    assert chrf_of_counts(chrf_counts("ab" * 900, ["ab" * 900])) == 100
    assert shared(["a"] * 300 + ["b"], ["a"] * 200 + ["c"]) == 200
    assert longest_common_subsequence(["a", "b"] * 300, ["b"] * 100) == 100


def test_rouge_splits_chinese_into_characters() -> None:
    values = score("rouge", text_item("今天天气很好", "今天晴"), "今天天气好")
    # against the first reference: all 5 characters in order, of 5 and of 6; 4 of its pairs: 今天 天天 天气 of 4 and 5
    assert values is not None
    assert values["rouge_l"] == pytest.approx(2 * 5 / (5 + 6))
    assert values["rouge_2"] == pytest.approx(2 * 3 / (4 + 5))


def letters(gold: str, count: int = 3) -> Item:
    return Item("1", "?", (gold,), options=tuple("xyz"[:count]))


def test_macro_f1_is_the_mean_over_classes_and_an_unread_answer_is_never_right() -> None:
    items, outputs = [letters(gold) for gold in "AAB"], ["A", "B", "B"]
    # class A: precision 1, recall 1/2; class B: precision 1/2, recall 1; class C: nothing to find
    assert MACRO_F1.corpus["macro_f1"](items, outputs) == pytest.approx((2 / 3 + 2 / 3 + 0) / 3)
    assert MACRO_F1.corpus["macro_f1"](items, ["A", "no idea at all", "B"]) == pytest.approx((2 / 3 + 1 + 0) / 3)


def test_f1_of_right_answers_counts_the_first_option_only() -> None:
    items = [letters(gold, 2) for gold in "AABB"]
    # three said to be right, two of them are, and none is missed
    assert ANSWER_F1.corpus["answer_f1"](items, ["A", "A", "A", "B"]) == pytest.approx(2 * 2 / (3 + 2))


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=2, max_size=30))
def test_matthews_is_the_correlation_of_right_and_given_answers(pairs: Sequence[tuple[bool, bool]]) -> None:
    right, given_ones = zip(*pairs, strict=True)
    found = MATTHEWS.corpus["matthews"]([letters("AB"[one], 2) for one in right], ["AB"[one] for one in given_ones])
    if len(set(right)) == 2 and len(set(given_ones)) == 2:
        assert found == pytest.approx(float(np.corrcoef(right, given_ones)[0, 1]))
    else:
        assert found == 0.0


def test_likelihoods_and_letters_of_the_same_choices_have_the_same_macro_f1() -> None:
    items, chosen = [letters(gold) for gold in "ABCA"], "ABAA"
    likely = [[ScoredContinuation(-float(letter != one), 1, 1, False) for letter in "ABC"] for one in chosen]
    assert MACRO_F1_OPTIONS.corpus_options["macro_f1"](items, likely) == MACRO_F1.corpus["macro_f1"](items, chosen)


@given(st.lists(st.sampled_from("abc"), max_size=6), st.lists(st.sampled_from("abc"), max_size=6))
def test_token_f1_is_symmetric_within_bounds_and_1_only_for_the_same_tokens(
    first: list[str], second: list[str]
) -> None:
    value = token_f1(first, second)
    assert value == token_f1(second, first)
    assert 0.0 <= value <= 1.0
    assert (value == 1.0) == (sorted(first) == sorted(second))


def test_normalising_for_squad_is_stable() -> None:
    assert normalise_squad(normalise_squad(" The  A-team's  an owl. ")) == "ateams owl"


def test_the_catalogue_imports_none_of_the_libraries_of_the_scorers() -> None:
    code = "import sys, objective.catalog; print([m for m in ('sacrebleu', 'rouge_score') if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
