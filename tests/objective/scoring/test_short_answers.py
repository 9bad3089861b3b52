"""Scorers of short answers: several letters with partial credit, sub-questions, LaTeX, statements, and long texts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from objective.scoring.registry import SCORERS, load_scorer
from objective.scoring.short_answers.boxed_math import is_equal
from objective.scoring.short_answers.long_texts import (
    score_characters,
    score_class,
    score_code,
    score_contained,
    score_needle,
    score_paragraph,
    score_words,
)
from objective.scoring.short_answers.multiple_select import read_sequence, score_partial_credit, score_select
from objective.scoring.short_answers.stated_answers import score_stated
from objective.task import Item

OPTIONS = ("a", "b", "c", "d")


def several(gold: str) -> Item:
    return Item("1", "Which?", (gold,), options=OPTIONS, kind="choices")


def text(*gold: str, **data: object) -> Item:
    return Item("1", "Which?", gold, kind="text", data=data)


@pytest.mark.parametrize(
    ("output", "whole", "part"),
    [
        ("【解析】 A对，B错。<eoe>\n【答案】 AC <eoa>", 1.0, 1.0),
        ("【答案】 C <eoa>", 0.0, 0.5),
        ("【答案】 AB <eoa>", 0.0, 0.0),
        ("【答案】 ACD <eoa>", 0.0, 0.0),
    ],
)
def test_some_right_options_without_a_wrong_one_earn_half(output: str, whole: float, part: float) -> None:
    assert score_select(several("AC"), output) == {"accuracy": whole, "partial_credit": part}
    assert score_partial_credit(several("AC"), output) == {"partial_credit": part, "accuracy": whole}


def test_an_output_that_names_no_option_is_unparsed() -> None:
    assert score_select(several("AC"), "我不知道。") is None
    assert score_partial_credit(several("AC"), "") is None


@given(gold=st.sets(st.sampled_from("ABCD"), min_size=1), read=st.sets(st.sampled_from("ABCD"), min_size=1))
def test_partial_credit_is_never_below_the_whole_and_only_the_right_set_earns_it(
    gold: set[str], read: set[str]
) -> None:
    values = score_select(several("".join(sorted(gold))), f"答案：{''.join(sorted(read))}")
    assert values is not None
    assert values["partial_credit"] >= values["accuracy"]
    assert (values["accuracy"] == 1) == (gold == read)
    assert (values["partial_credit"] > 0) == (read <= gold)


@pytest.mark.parametrize(
    ("output", "count", "letters"),
    [
        ("（1）【答案】 A <eoa>\n（2）【答案】 B <eoa>", 2, "AB"),
        ("【答案】 A B C D E <eoa>", 5, "ABCDE"),
        ("（1）【解析】 …选C <eoe>\n【答案】 C <eoa>\n（2）【解析】 … <eoe>\n【答案】B <eoa>", 2, "CB"),
        ("1. A\n2. C\n3. D", 3, "ACD"),
        ("21. A\n22. B", 2, "AB"),
        ("1.A 3.C", 3, "A C"),
        ("A, B", 2, "AB"),
        ("ABCDE", 5, "ABCDE"),
        ("（1）A（2）B（3）C", 2, None),
        ("**1. B** because Ann says so\n**2. D**", 2, "BD"),
        ("I think so", 2, None),
        ("<think>1. A 2. B", 2, None),
        ("", 3, None),
    ],
)
def test_letters_of_sub_questions_are_read_in_order(output: str, count: int, letters: str | None) -> None:
    assert read_sequence(output, count) == letters


def test_sub_questions_left_open_are_not_right_but_the_others_count() -> None:
    score = load_scorer("answer_sequence").score
    assert score is not None
    assert score(text("ABC"), "1.A 3.C") == {"partial_credit": pytest.approx(2 / 3), "accuracy": 0.0}
    assert score(text("ABC"), "1.A 2.B 3.C") == {"partial_credit": 1.0, "accuracy": 1.0}


SAME = [
    ("0.75", r"\frac{3}{4}"),
    ("-2,1", "1,-2"),
    (r"x\in[2,5)", "[2,5)"),
    (r"\pi/2", r"\frac{\pi}{2}"),
    (r"\{1,2\}", r"\{2, 1\}"),
    (r"\frac{-1}{2}", r"-\frac12"),
    (r"\text{(B)}", "B"),
    ("x^{2}+1", "x^2+1"),
    ("10_{8}", "10_8"),
    (r"(3,\frac{1}{2})", "(3,0.5)"),
    (r"2\text{ and }3", "3,2"),
    (r"11\sqrt2", r"11\sqrt{2}"),
    ("10,000", "10000"),
    (r"50\%", "50"),
    ("y=2x+1", "y = 2x + 1"),
]
OTHER = [("5", "6"), ("(1,2)", "(2,1)"), ("(1,2]", "[1,2]"), ("1,2", "12"), ("1,1,2", "1,2,2"), (r"\{1\}", "1,2")]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_equal_answers_in_latex_are_equal_both_ways(one: str, other: str) -> None:
    assert is_equal(one, other)
    assert is_equal(other, one)


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_different_answers_in_latex_differ_both_ways(one: str, other: str) -> None:
    assert not is_equal(one, other)
    assert not is_equal(other, one)


@given(st.text(max_size=60))
def test_any_text_equals_itself_and_compares_without_an_error(made: str) -> None:
    assert is_equal(made, made)
    is_equal(made, r"\frac{1}{2}")
    is_equal(f"({made},1)", "(1,2)")


def test_an_answer_from_the_passage_counts_though_the_passage_holds_it() -> None:
    item = Item("1", "Nine birds sat there.\nHow many?", ("9", "nine"), kind="text", data={"asked": "How many?"})
    assert score_stated(item, "There were **9 birds** on the roof.") == {"accuracy": 1.0}
    assert score_stated(item, "Nine of them.") == {"accuracy": 1.0}
    assert score_stated(item, "There were 8 birds.") == {"accuracy": 0.0}
    assert score_stated(item, "") is None


def test_a_list_of_candidates_or_a_denial_is_unparsed() -> None:
    item = text("socialists", asked="Who supported them?")
    assert score_stated(item, "They were supported by conservatives and socialists.") is None
    assert score_stated(item, "It was not the socialists.") is None


def test_latex_is_compared_as_latex_where_the_item_says_so() -> None:
    assert score_stated(text(r"\frac{3}{2}", latex=True), "So it is $\\boxed{1.5}$.") == {"accuracy": 1.0}
    assert score_stated(text(r"\frac{3}{2}", latex=True), "So it is $\\boxed{2}$.") == {"accuracy": 0.0}


def test_the_first_number_decides_about_a_needle() -> None:
    assert score_needle(text("1234567"), "The number is 1,234,567.") == {"accuracy": 1.0}
    assert score_needle(text("1234567"), "7654321 or 1234567") == {"accuracy": 0.0}
    assert score_needle(text("1234567"), "I cannot find it.") is None


def test_shared_words_are_counted_as_published() -> None:
    """By hand: `cat sat` of `cat sat down` and `cat sat mat`; articles and points do not count: 2 · 2 / (3 + 3)."""
    assert score_words(text("the cat sat, mat", "dog"), "A cat sat down.") == pytest.approx({"f1": 2 / 3})
    assert score_words(text("cat"), "") is None


def test_shared_characters_are_counted_in_chinese() -> None:
    """By hand: 石 and 匠 of three and two characters: 2 · 2 / (3 + 2)."""
    assert score_characters(text("石匠"), "老石匠。") == pytest.approx({"f1": 0.8})
    assert score_characters(text("GPT4 模型"), "gpt4模型") == {"f1": 1.0}


def test_the_share_of_the_right_paragraph_among_the_numbers_counts() -> None:
    assert score_paragraph(text("Paragraph 2"), "Paragraph 2") == {"accuracy": 1.0}
    assert score_paragraph(text("段落12"), "段落12或段落3") == {"accuracy": 0.5}
    assert score_paragraph(text("Paragraph 2"), "the second") is None


def test_an_output_that_holds_an_answer_counts_in_open_book_questions() -> None:
    assert score_contained(text("Mara Holt", "Holt"), "It is kept by the keeper, Mara  Holt!") == {"accuracy": 1.0}
    assert score_contained(text("The Holt"), "nobody") == {"accuracy": 0.0}
    assert score_contained(text("Holt"), " \n") is None


@pytest.mark.parametrize("name", [name for name, place in SCORERS.items() if "short_answers" in place])
def test_scorers_load_by_name_and_give_the_metrics_they_name(name: str) -> None:
    scorer = load_scorer(name)
    assert scorer.name == name
    assert scorer.score is not None
    item = several("AC") if name in ("multiple_select", "partial_credit") else text("AC", "7")
    values = scorer.score(item, "答案：AC，7")
    assert values is not None
    assert tuple(values) == scorer.metrics
    assert all(0 <= value <= 1 for value in values.values())


@pytest.mark.parametrize(
    ("output", "value"),
    [
        ("return total", 1.0),
        ("\n  \n# a remark\n```python\nreturn totals\nreturn total", 0.96),  # 24 of 25 signs: the first line of code
        ("return // total\nxyz", 0.0),
        ("zy", 0.0),
        ("return", 0.67),
        ("# only a remark\n", None),
        ("", None),
    ],
)
def test_the_first_line_of_code_is_compared_in_whole_percent(output: str, value: float | None) -> None:
    assert score_code(text("return total"), output) == (None if value is None else {"edit_similarity": value})


@given(first=st.text("ab c", max_size=9), second=st.text("ab c", min_size=1, max_size=9))
def test_similarity_of_lines_is_that_of_their_longest_common_subsequence(first: str, second: str) -> None:
    def longest(one: str, other: str) -> int:
        if not one or not other:
            return 0
        if one[0] == other[0]:
            return 1 + longest(one[1:], other[1:])
        return max(longest(one[1:], other), longest(one, other[1:]))

    values = score_code(text(second), first)
    expected = round(100 * 2 * longest(first, second) / (len(first) + len(second))) / 100
    assert values == ({"edit_similarity": expected} if first.strip() else None)


@pytest.mark.parametrize(
    ("output", "value"),
    [("Human being", 1.0), ("City or Human being", 0.5), ("City", 0.0), ("no idea", None), ("Human", 0.0)],
)
def test_one_named_class_is_right_and_its_parts_do_not_count(output: str, value: float | None) -> None:
    item = text("Human being", classes=["Human", "Human being", "City"])
    assert score_class(item, output) == (None if value is None else {"accuracy": value})
