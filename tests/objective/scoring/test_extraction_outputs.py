"""Answers extracted from outputs in the formats of chat and reasoning models."""

import pytest

from objective.scoring.answers import score_output
from objective.scoring.extraction import read_math, read_text
from objective.scoring.letters import read_choice, read_choices
from objective.scoring.numbers import read_number, value_of
from objective.task import Item

CITIES = ("Paris", "Rome", "Oslo", "Bern")

LETTERS = [
    ("Let me think.\nA: wrong\nB: right\n\n**Final Answer: B**", "B"),
    ("### Final Answer\n\n**B**", "B"),
    ("**Final Answer**\n\n\\boxed{B}", "B"),
    ("只有B选项符合题意", "B"),
    ("B符合题意", "B"),
    ("B项符合题意，故选B", "B"),
    ("A.错误。B.正确。C.错误。D.错误", "B"),
    ("A选项：不正确\nB选项：正确\nC选项：不正确\nD选项：不正确", "B"),
    ("A：错误，因为……\nB：正确\nC：错误\nD：错误", "B"),
    ("It's B.", "B"),
    ("$\\boxed{\\text{B}}$", "B"),
    ("$\\boxed{\\mathrm{B}}$", "B"),
    ("$\\boxed{\\textbf{(B)}}$", "B"),
    ("\\boxed{\\text{(B)}}", "B"),
    ("\\boxed{\\mathbf{B}}", "B"),
    ("\\boxed{\\textbf{B}\\ 42}", "B"),
    ("\\boxed{B) 12}", "B"),
    ("\\boxed{B. 12}", "B"),
    ("\\boxed{ B }", "B"),
    ("\\boxed{选B}", "B"),
    ("\\boxed{\\text{Option B}}", "B"),
    ("\\[\\boxed{\\mathrm{B}}\\]", "B"),
    ("<reasoning>A?</reasoning><answer>B</answer>", "B"),
    ("B\n\nQuestion: next?\nA. x\nB. y\nAnswer: C", "B"),
    ("B\n题目：下一题\nA. 1\nB. 2\n答案：C", "B"),
    ("Unlike A and C, B is correct.", "B"),
    ("While A seems right, the answer is B because C is false.", "B"),
    ("The answer can't be A. It must be B.", "B"),
    ("Options A, C, and D can be eliminated. Therefore B.", "B"),
    ("Eliminate A, C, D. B remains.", "B"),
    ("B最合适", "B"),
    ("最合适的是B", "B"),
    ("| Option | Verdict |\n|---|---|\n| A | Wrong |\n| B | Correct |\n| C | Wrong |\n| D | Wrong |", "B"),
    ("| 选项 | 判断 |\n|---|---|\n| A | 错误 |\n| B | 正确 |\n| C | 错误 |", "B"),
    ("A: False\nB: True\nC: False\nD: False", "B"),
    ("A ✗\nB ✓\nC ✗", "B"),
    ("A. ❌\nB. ✅\nC. ❌", "B"),
    ("The correct answer is A... wait, no. Let me recheck. The correct answer is B.", "B"),
    ("The answer is B instead of A.", "B"),
    ("选B不选A", "B"),
    ("Vitamin C is needed. The answer is B.", "B"),
    ("Hepatitis B. The answer is A", "A"),
    ("The answer is \\(\\boxed{B}\\).", "B"),
    ("Final Answer: \\(\\boxed{B}\\)", "B"),
    ("Thus, the correct answer is:\n\n\\[\n\\boxed{C}\n\\]", "C"),
    ("A's speed is 5, so C.", "C"),
    ("[THINK]A? C?[/THINK]B", "B"),
    ("A? No: C.</think>B", "B"),
    ("<thinking>The answer is A</thinking>The answer is B", "B"),
]

CUT_OFF = [
    "Let me look at option A. It says that the",
    "Let's analyze option A first: it states that water",
    "首先看A选项，它说的是",
    "我们先分析A项，A项说的是水在零度",
    "Looking at A, we see",
    "A选项讨论",
    "I will analyze each option:\n\nA) This says",
    "The patient lacks vitamin C.",
    "[THINK]The answer is B.",
    "<thinking>The answer is B.",
    "A. 正确。B. 正确。C. 错误。",
]

NUMBERS = [
    ("一共有18个苹果。", "18"),
    ("答案是负5", "-5"),
    ("从5到–3", "-3"),
    ("The answer is –3", "-3"),
    ("so 10 – 3 = 7", "7"),
    ("\\boxed{1{,}234}", "1234"),
    ("\\boxed{x=5}", "5"),
    ("\\boxed{\\text{18 apples}}", "18"),
    ("\\boxed{\\frac34}", "3/4"),
    ("#### x = 18", "18"),
    ("#### 1 000", "1000"),
    ("The answer is 1 1/2", "3/2"),
    ("It takes 2½ hours", "5/2"),
    ("½", "1/2"),
    ("3分之1", "1/3"),
    ("百分之50", "50"),
    ("1e6", "1000000"),
    ("约3.5×10^3", "3500"),
    ("The answer is 3+4=7", "7"),
    ("The answer is 3 * 6 = 18.", "18"),
    ("The answer is 5 \\times 3 = 15", "15"),
    ("so the answer is 20 + 5 = $25.", "25"),
    ("The answer is 4. Then 3 + 3 = 6", "4"),
    ("The answer is 12 (3 * 4 = 12)", "12"),
    ("The result is 5 for x = 3", "5"),
    ("#### 18\n\nQuestion: Ann has 4 more.\nAnswer: #### 4", "18"),
    ("第3题的答案：7", "7"),
]

SEVERAL = [
    ("答案：A B D", "ABD"),
    ("选项A和B是正确的", "AB"),
    ("A和B正确", "AB"),
    ("A、B正确，C、D错误", "AB"),
    ("A正确；B正确；C错误；D错误", "AB"),
    ("A. 正确\nB. 正确\nC. 错误\nD. 错误", "AB"),
    ("A和C正确，B和D错误", "AC"),
    ("(A), (B)", "AB"),
    ("A\nB\nD", "ABD"),
    ("A；B；D", "ABD"),
    ("ac", "AC"),
    ("答案是**A**和**B**", "AB"),
    ("正确的有AB", "AB"),
    ("AB都正确", "AB"),
    ("以上都对", "ABCD"),
    ("以上都不对", None),
]

MATH = [
    ("**5**", "5"),
    ("The answer is **5**.", "5"),
    ("The answer is \\(5\\).", "5"),
    ("\\[5\\]", "5"),
    ("The answer is $5$ because it is", "5"),
    ("So the answer is $\\sqrt{2}$, as wanted.", "\\sqrt{2}"),
    ("The answer is $x=5$.", "5"),
    ("\\boxed{5\\text{ cm}}", "5"),
    ("\\boxed 5", "5"),
    ("\\fbox{5}", "5"),
]


@pytest.mark.parametrize(("text", "letter"), LETTERS)
def test_a_decision_is_extracted_in_any_format(text: str, letter: str) -> None:
    assert read_choice(text, "ABCD") == letter


@pytest.mark.parametrize("text", CUT_OFF)
def test_a_text_that_ends_before_its_decision_is_unparsed(text: str) -> None:
    assert read_choice(text, "ABCD") is None


@pytest.mark.parametrize("text", ["I'm going with C.", "I'd say C", "I think the answer is C"])
def test_the_word_i_is_no_option_even_where_nine_or_ten_are(text: str) -> None:
    assert read_choice(text, "ABCDEFGHIJ") == "C"


@pytest.mark.parametrize(
    "text",
    [
        "The answer is Rome.",
        "The correct answer is **Rome**.",
        "答案：Rome",
        "\\boxed{Rome}",
        "<answer>Rome</answer>",
        "It was built on seven hills.\nRome",
        "Rome\n\nIt was built on seven hills.",
    ],
)
def test_an_option_stated_by_its_text_selects_its_letter(text: str) -> None:
    assert read_choice(text, "ABCD", CITIES) == "B"
    assert read_choice(text, "ABCD") is None


def test_options_that_are_words_for_right_and_wrong_are_answers() -> None:
    assert read_choice("B. False", "AB", ("True", "False")) == "B"
    assert read_choice("答案：错误", "AB", ("正确", "错误")) == "B"


@pytest.mark.parametrize(("text", "number"), NUMBERS)
def test_the_intended_number_is_extracted(text: str, number: str) -> None:
    read = read_number(text)
    assert read is not None
    assert value_of(read) == value_of(number)


@pytest.mark.parametrize(("text", "letters"), SEVERAL)
def test_every_letter_that_a_text_calls_right_is_extracted(text: str, letters: str | None) -> None:
    assert read_choices(text, "ABCD") == letters


@pytest.mark.parametrize(("text", "read"), MATH)
def test_latex_is_extracted_without_the_words_around_it(text: str, read: str) -> None:
    assert read_math(text) == read


@pytest.mark.parametrize(
    ("output", "gold"), [("0.5", "\\frac{1}{2}"), ("1/2", "0.5"), ("\\frac{-1}{2}", "-\\frac{1}{2}")]
)
def test_numbers_with_equal_values_are_equal_answers(output: str, gold: str) -> None:
    assert score_output(Item("1", "q", (gold,), kind="math"), f"\\boxed{{{output}}}").score == 1.0
    assert score_output(Item("1", "q", (gold,), kind="math"), "\\boxed{2}").score == 0.0


@pytest.mark.parametrize(
    "text",
    [
        "Paris\n\nExplanation: it lies on the Seine",
        "- Paris",
        "\\boxed{\\text{Paris}}",
        "Paris\nQuestion: and of Italy?\nAnswer: Rome",
    ],
)
def test_text_besides_the_answer_is_ignored(text: str) -> None:
    assert read_text(text) == "paris"
