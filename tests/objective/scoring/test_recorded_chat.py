"""What a small chat model wrote to the bundled questions: rules agree with marks given by reading, or say unparsed.

The outputs are those of SmolLM2-135M-Instruct, asked as a chat by greedy decoding; each was read and marked as correct,
incorrect or not attempted (it settles on nothing: it repeats the options, the question or itself).
"""

from collections import Counter
from pathlib import Path

import pytest

from objective.evaluation.marked_answers import compare_marks, mark_by_rules, read_marked
from objective.scoring.answers import score_output
from objective.task import Item

RECORDING = Path(__file__).parent / "recordings" / "smollm2_mini.jsonl"


def test_rules_agree_with_the_hand_on_all_forty_outputs_or_say_unparsed() -> None:
    answers = read_marked(RECORDING)
    assert len(answers) == 40 and Counter(answer.mark for answer in answers) == {
        "correct": 2,
        "incorrect": 22,
        "not_attempted": 16,
    }
    [rules] = compare_marks(answers, None)
    assert (rules.agreed, rules.marked, rules.unmarked) == (22, 22, 18)
    assert all(mark_by_rules(answer) is None for answer in answers if answer.mark == "not_attempted")


@pytest.mark.parametrize(
    ("kind", "output", "score"),
    [
        ("choice", "B. opening", None),
        ("choice", "**B) opening**", None),
        ("choice", "B. opens", 1.0),
        ("choice", "B. opens, because of the singular", 1.0),
        ("choice", "B", 1.0),
        ("number", "1. 8\n2. 22\n```python\nmost = 12", None),
        ("number", "The answer is 12.\n```python\nmost = 8", 1.0),
        ("number", "```\n12\n```", 1.0),
        ("number", "1. 1. 1. 1.", None),
        ("exact", "1. 1. 1. 1. 1.", None),
        ("exact", "1. opens", 1.0),
    ],
)
def test_contradictions_open_programs_and_empty_lists_decide_nothing(
    kind: str, output: str, score: float | None
) -> None:
    items = {
        "choice": Item("1", "Neither of the keys ___ the shed.", ("B",), ("open", "opens", "opening", "have opened")),
        "number": Item("2", "How many edges has a cube?", ("12",), kind="number"),
        "exact": Item("3", "Neither of the keys ___ the shed.", ("opens",), kind="exact"),
    }
    assert score_output(items[kind], output).score == score
