"""Outputs a second of one core, by scorer of short answers: `python -m tests.benchmarks.scorer_speed`."""

import time

from objective.scoring.registry import load_scorer
from objective.task import Item

COUNT = 5000
_LONG = "We look at each part in turn and find what is asked for. " * 8
_CASES = {
    "multiple_select": ("AC", "【解析】 由题意可知A正确，B错误。<eoe>\n【答案】 AC <eoa>"),
    "partial_credit": ("AC", "【解析】 由题意可知A正确，B错误。<eoe>\n【答案】 AC <eoa>"),
    "answer_sequence": ("ACBDA", "\n".join(f"（{n}）【答案】 {letter} <eoa>" for n, letter in enumerate("ABBDA", 1))),
    "boxed_math": ("\\frac{3}{4}", _LONG + "Therefore, the answer is $\\boxed{\\frac{3}{5}}$."),
    "stated_answer": ("Mara Holt", "The lighthouse was kept by Mara Holt."),
    "needle": ("1234567", "The code number is 1234567."),
    "shared_words": ("a valley in the north", "It was done in a northern valley."),
    "shared_characters": ("石匠修了桥", "这座桥是石匠修的。"),
    "paragraph_number": ("Paragraph 12", "Paragraph 12"),
    "contained_answer": ("Mara Holt", _LONG + "Mara Holt keeps it."),
}


def main() -> None:
    """Print a line for each scorer."""
    for name, (gold, output) in _CASES.items():
        score = load_scorer(name).score
        assert score is not None
        kind, options = ("choices", ("a", "b", "c", "d")) if gold == "AC" else ("text", ())
        item = Item("1", "Which?", (gold,), options=options, kind=kind)  # type: ignore[arg-type]
        outputs = [f"{output} {number % 7}" if name == "contained_answer" else output for number in range(COUNT)]
        start = time.process_time()
        for one in outputs:
            score(item, one)
        print(f"{name:20} {COUNT / (time.process_time() - start):>10,.0f}")


if __name__ == "__main__":
    main()
