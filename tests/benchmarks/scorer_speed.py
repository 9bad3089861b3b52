"""Outputs a second of one core, by scorer: `python -m tests.benchmarks.scorer_speed`.

Beside each stands how long a fixed piece of pure Python took then: on a shared machine processor seconds grow with the
load, and figures of different loads cannot be compared without it.
"""

import time
from collections.abc import Callable
from functools import partial

from objective.scoring.answers import score_output
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


_TEXTS = {
    "squad": (("Mara Holt",), "The lighthouse was kept by Mara Holt."),
    "open_answer": (("Mara Holt", "Holt"), "The lighthouse was kept by Mara Holt."),
    "chinese_span": (("石匠修了桥",), "这座桥是石匠修的。"),
    "rouge": (("The council will build a bridge.",), "The council talks about a bridge and agrees to build it."),
    "translation": (("The council will build a bridge.",), "The council agrees to build a bridge."),
    "code_line": (("return total + count",), "```python\nreturn totals + counts\n```"),
}
"""Free texts by scorer: accepted answers and output."""
_RULES = {
    "choice": (Item("1", "Which?", ("B",), ("a", "b", "c", "d")), "So the answer is B."),
    "number": (Item("1", "How many?", ("72",), kind="number"), "So 36 + 36 = 72.\n#### 72"),
    "math": (Item("1", "How many?", ("\\frac{3}{4}",), kind="math"), "Therefore $\\boxed{\\frac{3}{4}}$."),
    "exact": (Item("1", "Who keeps it?", ("Mara Holt",), kind="exact"), "It was kept by Mara Holt."),
}
"""Items that the usual rules score, with outputs, which are scored alone and after eight sentences."""


def measure(name: str, score: Callable[[str], object], output: str) -> None:
    """Print the outputs a second of one scorer; seven outputs differ, so that none is kept from the one before."""
    outputs = [f"{output}{' ' * (number % 7)}" for number in range(COUNT)]
    before, start = _pace(), time.process_time()
    for one in outputs:
        score(one)
    seconds = time.process_time() - start
    print(
        f"{name:24} {COUNT / seconds:>10,.0f}  {max(before, _pace()) * 1000:6.1f} ms a piece of pure Python", flush=True
    )


def _pace() -> float:
    start, total = time.process_time(), 0
    for number in range(300_000):
        total += number & 7
    return time.process_time() - start


def main() -> None:
    """Print a line for each scorer."""
    for name, (gold, output) in _CASES.items():
        scorer = load_scorer(name).score
        assert scorer is not None
        kind, options = ("choices", ("a", "b", "c", "d")) if gold == "AC" else ("text", ())
        item = Item("1", "Which?", (gold,), options=options, kind=kind)  # type: ignore[arg-type]
        measure(name, partial(scorer, item), output)
    for name, (golds, output) in _TEXTS.items():
        scorer = load_scorer(name).score
        assert scorer is not None
        measure(name, partial(scorer, Item("1", "Which?", golds, kind="text")), output)
    for name, (item, output) in _RULES.items():
        measure(f"rules: {name}", partial(score_output, item), output)
        measure(f"rules: {name}, long", partial(score_output, item), _LONG + output)


if __name__ == "__main__":
    main()
