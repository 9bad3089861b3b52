"""The parsing rules of the other recipes, on our own texts."""

import json

import pytest

from judging.recipes import alignbench, autoj, llmzoo, mt_bench, wildbench
from judging.recipes.catalog import RECIPES
from judging.verdicts.verdict import VerdictCause


@pytest.mark.parametrize(
    ("reply", "value"),
    [
        ("Rating: [[6]], rather [[7]]", 6.0),
        ("see [1], so [[7.5]]", 7.5),
        ("Rating: [7]", 7.0),
        ("Rating: [[ 7 ]]", None),
        ("[[12]]", 12.0),
    ],
)
def test_mt_bench_takes_the_first_score_and_does_not_check_its_range(reply: str, value: float | None) -> None:
    assert mt_bench.parse_score(reply).value == value


@pytest.mark.parametrize(
    ("reply", "share"),
    [
        ("One might say [[A]], but my verdict is [[B]]", 1.0),
        ("[[C]] at first, finally [[B]]", 0.0),
        ("[[C]]", 0.5),
        ("[[a]]", None),
    ],
)
def test_mt_bench_pairs_prefer_markers_in_the_order_of_their_letters(reply: str, share: float | None) -> None:
    assert mt_bench.parse_pair(reply).value == share


def test_mt_bench_uses_references_in_three_categories() -> None:
    recipe = RECIPES["mt-bench-pair"]
    assert recipe.references == frozenset({"math", "reasoning", "coding"})
    assert recipe.substitutes.choose(turn=1, has_reference=True) == "pair-3-reference"
    assert recipe.substitutes.choose(turn=2, has_reference=False) == "pair-3-turns"
    assert RECIPES["arena-bench-v1"].references == "all"


def test_alignbench_takes_the_last_dictionary_and_the_integer_part_of_a_decimal() -> None:
    reply = "{'清晰度': 3, '综合得分': 4}\n所以：{'清晰度': 6, '综合得分': 7.5}"
    assert dict(alignbench.parse(reply).values) == {"清晰度": 6.0, "综合得分": 7.0}


def test_alignbench_without_an_overall_score_in_its_dictionary_takes_the_first_in_the_text() -> None:
    assert dict(alignbench.parse("'综合得分': 6.5，\n{'清晰度': 6}").values) == {"清晰度": 6.0, "综合得分": 6.5}
    assert alignbench.parse("{'清晰度': 6}").cause is VerdictCause.wrong_schema
    assert alignbench.parse('{"综合得分": 6}').cause is VerdictCause.wrong_schema
    assert alignbench.parse("综合得分：6").cause is VerdictCause.no_marker


def test_wildbench_reads_a_reply_that_is_one_json_object() -> None:
    assert wildbench.parse_score('\n{"strengths": "", "score": "7"}\n').value == 7.0
    assert wildbench.parse_score('{"score": "seven"}').cause is VerdictCause.wrong_schema
    assert wildbench.parse_score('My score: {"score": 7}').cause is VerdictCause.no_marker
    choices = ("A++", "A+", "A=B", "B+", "B++")
    shares = [wildbench.parse_pair(json.dumps({"choice": choice})).value for choice in choices]
    assert shares == [1.0, 0.75, 0.5, 0.25, 0.0]
    assert wildbench.parse_pair('{"choice": "A"}').cause is VerdictCause.wrong_schema
    assert wildbench.parse_pair("[]").cause is VerdictCause.wrong_schema


def test_the_coin_of_wildbench_falls_on_both_sides() -> None:
    assert 70 < sum(wildbench.swaps(f"Name {number} rivers.") for number in range(200)) < 130


def test_autoj_takes_the_text_after_the_last_decision() -> None:
    reply = "The final decision is Response 1? No: the final decision is Response 2."
    assert autoj.parse_pair(reply).value == 0.0
    assert autoj.parse_pair("So, the final decision is tie.").value == 0.5
    assert autoj.parse_pair("the final decision is response 3").cause is VerdictCause.wrong_schema
    assert autoj.parse_score("Rating: [[3]] or Rating: [[ 5 ]]").value == 5.0
    assert autoj.parse_score("Rating: [[five]]").cause is VerdictCause.wrong_schema
    assert autoj.parse_score("[[5]]").cause is VerdictCause.no_marker


@pytest.mark.parametrize(
    ("chain", "places"),
    [
        ("Assistant 2 > Assistant 1 > Assistant 3 > Assistant 4", [2, 1, 3, 4]),
        ("Assistant 1 > Assistant 4 = Assistant 2 = Assistant 3", [1, 2, 2, 2]),
        ("Assistant 3 = Assistant 2 > Assistant 4 >= Assistant 1", [4, 1, 1, 3]),
        ("Assistant 1 = Assistant 2 = Assistant 3 >> Assistant 4", [1, 1, 1, 4]),
    ],
)
def test_llm_zoo_gives_equal_answers_one_rank_and_the_next_answer_the_rank_after_them(
    chain: str, places: list[int]
) -> None:
    reply = f"Assistant 1 > Assistant 2 is clear.\nTherefore: {chain}. Or Assistant 4 > Assistant 3?"
    assert list(llmzoo.make_order_parser(4)(reply).values.values()) == places


def test_llm_zoo_requires_a_chain_that_names_every_answer_once() -> None:
    parse = llmzoo.make_order_parser(4)
    assert parse("Assistant 1 > Assistant 2 > Assistant 3").cause is VerdictCause.no_marker
    assert parse("Assistant 1 > Assistant 2 > Assistant 3 > Assistant 5").cause is VerdictCause.contradiction
    assert parse("Assistant 1 > Assistant 2 > Assistant 2 > Assistant 3").cause is VerdictCause.contradiction
    assert dict(llmzoo.make_order_parser(2)("Assistant 2 = Assistant 1").values) == {"1": 1.0, "2": 1.0}
