"""Answers extracted from typical right and wrong outputs of models, in Chinese and English."""

import gzip
import json
import re
import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from objective.scoring.extraction import read_math, read_text, text_before_stops
from objective.scoring.letters import read_choice, read_choices
from objective.scoring.numbers import read_number, value_of, value_of_math

KNOWN_FAILURES_ELSEWHERE = [
    ("The answer is B.", "B"),
    ("A、B均错，故选：D", "D"),
    ("不选A，应选B", "B"),
    ("**C**", "C"),
]

FRAMES = ["{}", "({})", "**{}**", "The answer is {}.", "答案：{}。", "故选{}"]

LETTERS = [
    *KNOWN_FAILURES_ELSEWHERE,
    ("B", "B"),
    ("b", "B"),
    ("\nB", "B"),
    (" B\n", "B"),
    ("(B)", "B"),
    ("（B）", "B"),
    ("Ｂ", "B"),
    ("B.", "B"),
    ("B)", "B"),
    ("B：巴黎", "B"),
    ("B. Paris", "B"),
    ("B、巴黎", "B"),
    ("B。因为水在零度结冰。", "B"),
    ("**B. Paris**", "B"),
    ("`B`", "B"),
    ("选项B", "B"),
    ("Option B", "B"),
    ("答案: B", "B"),
    ("答案：B", "B"),
    ("答案是B。", "B"),
    ("答案是 (B)", "B"),
    ("正确答案为：B", "B"),
    ("正确答案应该是选项B", "B"),
    ("正确选项是B", "B"),
    ("本题选B", "B"),
    ("因此选择 B。", "B"),
    ("所以，应选B。", "B"),
    ("故答案选：C", "C"),
    ("故本题答案为D。", "D"),
    ("综上所述，答案为【D】。", "D"),
    ("不正确的是A", "A"),
    ("说法错误的是C选项。", "C"),
    ("A错误；B错误；C正确；D错误。", "C"),
    ("A项错误，故选A。", "A"),
    ("A、B、C都不对，选D。", "D"),
    ("排除A和C，B也不符合，只剩D。", "D"),
    ("答案不是A，而是B", "B"),
    ("The answer is (C).", "C"),
    ("The answer is: **C**", "C"),
    ("the answer is c.", "C"),
    ("**Answer:** C", "C"),
    ("**Answer: C**", "C"),
    ("Answer: C. Because A is wrong.", "C"),
    ("The correct answer is option C, since A and B are wrong.", "C"),
    ("The correct option is C", "C"),
    ("I would choose D.", "D"),
    ("So we pick (D).", "D"),
    ("D is correct.", "D"),
    ("Option D is the right one.", "D"),
    ("The answer is not A, but B.", "B"),
    ("A is incorrect. B is incorrect. D is false. That leaves C.", "C"),
    ("A, B and C are wrong; D is right.", "D"),
    ("Not A. It must be B.", "B"),
    ("The answer is A. Wait, that ignores the rain. The answer is B.", "B"),
    ("Let's think. A car needs fuel. Therefore the answer is D.", "D"),
    ("A car needs fuel, so (C).", "C"),
    ("$\\boxed{B}$", "B"),
    ("The result is \\boxed{\\text{B}}.", "B"),
    ("<think>Is it A? The answer is A.</think>\n\nB", "B"),
    ("<think>first</think><think>The answer is C</think>The answer is D", "D"),
    ("B\n\nExplanation: A is wrong because it rains.", "B"),
    ("C. 解析：A项说的是水，B项说的是火。", "C"),
    ("The correct answer is:\n\nB. Paris", "B"),
    ("The answer to this question is B, although A is close.", "B"),
    ("C is the answer; A and B are too small.", "C"),
    ('{"answer": "B", "why": "A is too cold"}', "B"),
    ("A cannot be. <answer>B</answer>", "B"),
    ("【答案】B\n【解析】A项……", "B"),
    ("答案B。解析：A项太小。", "B"),
    ("故選：D", "D"),
    ("答案應為C，A錯誤。", "C"),
    ("答案是B，A项错误。", "B"),
    ("答案是B，C项说的是水。", "B"),
    ("The answer is B, A is wrong.", "B"),
    ("The answer is B, C being too big.", "B"),
    ("答案是B，B是错误的。", "B"),
    ("A. Too small.\nB. Too big.\nC. Just right.\nSo the answer is C.", "C"),
    ("A\n\nA. It is the capital.\nB. It is not.", "A"),
]

UNDECIDED = [
    "",
    "   ",
    "I cannot tell.",
    "A or B",
    "The answer is A or B.",
    "答案是A和B",
    "A、B均错",
    "All of A, B, C and D are possible.",
    "A car is a vehicle.",
    "The answer is a dog.",
    "答案不是A",
    "DNA and RNA",
    "The answer is unclear: E or F",
    "<think>The answer is B",
    "我不知道",
    "A: too small.\nB: too big.\nC: perhaps.",
    "答案A是错误的",
]


@pytest.mark.parametrize(("text", "letter"), LETTERS)
def test_the_letter_that_a_text_decides_for_is_extracted(text: str, letter: str) -> None:
    assert read_choice(text, "ABCD") == letter


@pytest.mark.parametrize("text", UNDECIDED)
def test_a_text_without_a_decision_or_with_two_is_unparsed(text: str) -> None:
    assert read_choice(text, "ABCD") is None


def test_an_option_repeated_in_full_selects_its_letter() -> None:
    options = ("Paris", "Rome", "Oslo", "Rome and Oslo")
    assert read_choice("Rome.", "ABCD", options) == "B"
    assert read_choice("rome and  oslo", "ABCD", options) == "D"
    assert read_choice("Madrid", "ABCD", options) is None
    assert read_choice("x1", "AB", ("x1", "x1")) is None
    assert read_choice("B. 错误", "AB", ("正确", "错误")) == "B"
    assert read_choice("A. Paris\n\nB. Rome is wrong, since...", "ABCD", options) == "A"
    assert read_choice("A. Paris\nB. Rome\nC. Oslo", "ABCD", options) is None
    assert read_choice("A. Paris\nNo, the answer is C", "ABCD", options) == "C"


def test_five_hundred_recorded_answers_give_the_letter_they_begin_with(shared_data: Path) -> None:
    """Each of them begins with its letter, some in bold, and then explains; told here by their first capital."""
    name = "gemma_11_7b_instruct_close_multichoice_hard.jsonl.gz"
    with gzip.open(shared_data / "objective" / "mixeval_hard" / name, "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    read = [read_choice(row["response"], string.ascii_uppercase[: len(row["options"])], row["options"]) for row in rows]
    assert len(rows) == 500
    assert read == [re.sub(r"^[\s*]*", "", row["response"])[0] for row in rows]


def test_letters_beyond_the_options_are_no_answer() -> None:
    assert read_choice("E", "ABCD") is None
    assert read_choice("E", "ABCDE") == "E"


@given(
    letter=st.sampled_from("ABCD"),
    frame=st.sampled_from(FRAMES),
)
def test_a_letter_in_any_usual_phrase_is_extracted(letter: str, frame: str) -> None:
    assert read_choice(frame.format(letter), "ABCD") == letter


@given(st.text())
def test_any_text_gives_a_letter_or_nothing(text: str) -> None:
    assert read_choice(text, "ABCD") in {None, "A", "B", "C", "D"}
    assert read_choice(text.replace("<think>", ""), "ABCD") == read_choice(text.replace("<think>", "") + "\n", "ABCD")


@pytest.mark.parametrize(
    ("text", "letters"),
    [
        ("ACD", "ACD"),
        ("A, C and D", "ACD"),
        ("A、C、D", "ACD"),
        ("答案：ABD", "ABD"),
        ("正确答案是A、B、D。", "ABD"),
        ("The answers are: B and C", "BC"),
        ("The answer is D, A", "AD"),
        ("故选BC", "BC"),
        ("A正确，B错误，C正确，D错误。故选AC。", "AC"),
        ("D", "D"),
        ("答案为A、C两项。", "AC"),
        ("none", None),
    ],
)
def test_several_letters_are_extracted_in_the_order_of_the_options(text: str, letters: str | None) -> None:
    assert read_choices(text, "ABCD") == letters


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("She sells 16 - 3 - 4 = 9 eggs.\n#### 18", "18"),
        ("#### 1,234.50", "1234.50"),
        ("#### $18", "18"),
        ("#### -5", "-5"),
        ("The answer is $18.", "18"),
        ("The answer is **18** dollars for 7 days.", "18"),
        ("答案是18元，共7天。", "18"),
        ("答案：3/4", "3/4"),
        ("so 3 + 4 = 7.", "7"),
        ("\\boxed{\\frac{3}{4}}", "3/4"),
        ("It costs $1,000,000 in total.", "1000000"),
        ("−12", "-12"),
        ("0.5", "0.5"),
        (".5", ".5"),
        ("50%", "50"),
        ("１８", "18"),
        ("no number", None),
        ("", None),
        ("GPT4 says so", None),
    ],
)
def test_the_stated_number_or_else_the_last_one_is_extracted(text: str, number: str | None) -> None:
    assert read_number(text) == number


@given(st.integers(-(10**12), 10**12))
def test_integers_survive_their_usual_forms(number: int) -> None:
    for text in (f"{number}", f"{number:,}", f"#### {number}", f"The answer is {number:,}.", f"x = {number}.0"):
        read = read_number(text)
        assert read is not None
        assert value_of(read) == number


def test_a_number_divided_by_zero_has_no_value() -> None:
    assert value_of("3/0") is None
    assert value_of("1,000") == 1000
    assert value_of("two") is None


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("Paris", "paris"),
        ("Sure!\nThe answer is Paris.", "paris"),
        ("答案：《红楼梦》。", "红楼梦"),
        ('"Blue  whale"', "blue whale"),
        ("", None),
    ],
)
def test_a_text_is_extracted_without_its_wrapping(text: str, read: str | None) -> None:
    assert read_text(text) == read


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("$(3, 4]$", "(3,4]"),
        ("So $x = 2$ and the answer is $\\dfrac{1}{2}$.", "\\frac{1}{2}"),
        ("Therefore \\boxed{\\left( 3, \\frac{\\pi}{2} \\right)}.", "(3,\\frac{\\pi}{2})"),
        ("$5$;$10$", "5;10"),
        ("We get $7$.\nHence it equals $\\sqrt2$", "\\sqrt{2}"),
    ],
)
def test_latex_is_normalised_to_one_form(text: str, read: str) -> None:
    assert read_math(text) == read


@pytest.mark.parametrize(
    "junk", [" ", "\n", "* ", "A, ", "A ", "(", "- \n", "answer: ", "选", "不是", "1,", "$", "错", "A and ", "A和", "9"]
)
def test_long_repetitions_do_not_slow_extraction_down(junk: str) -> None:
    """Exponential patterns would take minutes, and Python reads no number of more than 4,300 digits."""
    text = "The answer is " + junk * 2_000
    read_choice(text, "ABCD")
    read_choices(text, "ABCD")
    read_number(text)
    read_number(f"{text} 1 {junk * 3000}/{junk * 3000}")
    value_of_math(f"\\frac{{{junk * 6000}}}{{7}}")
    read_text(text)
    read_math(text)


@pytest.mark.parametrize(
    ("output", "stops", "read"),
    [
        ("City\nWho?", ("\n",), "City"),
        ("<think>\nA place,\nthen.\n</think>\n\nCity\nWho?", ("\n",), "City"),
        ("<think>\n\n</think>\n  City\n\nWho?", ("\n\n",), "City"),
        ("\n\nCity", ("\n",), "City"),
        ("  x = 1\n[DONE]\nand so on", ("[DONE]",), "  x = 1\n"),
        ("[DONE]", ("[DONE]",), ""),
        ("\n x\n", (), "\n x\n"),
        ("<think>\nA place", ("\n",), None),
    ],
)
def test_stop_strings_end_what_follows_the_thinking(output: str, stops: tuple[str, ...], read: str | None) -> None:
    assert text_before_stops(output, stops) == read
