"""Where recorded verdicts, the published rules and the strict parser differ, as `RECIPES.md` beside this file.

Run it from the checkout: `python -m tests.judging.recipes.differences`. It needs the public data; what it writes holds
numbers, names of models and keys of questions only, no texts.
"""

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from judging.recipes.catalog import RECIPES
from judging.recipes.recipe import Recipe, Recording
from judging.verdicts.parsing import parse_reply
from judging.verdicts.verdict import Verdict
from tests.conftest import DATA
from tests.judging.recipes.recordings import parse_recording

TABLE = Path(__file__).with_name("RECIPES.md")
FOLDERS = {
    "alpaca-eval-2": "alpaca_eval",
    "arena-bench-v1": "arena_bench_v1",
    "judgebench": "judgebench_claude",
    "llm-zoo": "llmzoo_reviews",
    "llmbar": "llmbar",
    "llmbar-cot": "llmbar",
    "llmbar-rating": "llmbar",
    "vicuna-bench": "vicuna_bench",
    "wildbench-score": "wildbench",
}
"""From recipes whose benchmark publishes replies to their folders."""

SAME_MARKER = ("arena-bench-v1", "judgebench")
"""Recipes whose published prompt asks for the marker that the strict parser knows, so that both can be compared."""

HEAD = """# Recorded verdicts, published rules and the strict parser

Written by `differences.py` from the public data; texts of others are not repeated here, only keys.

*recorded* is the verdict that a benchmark's authors kept, *rule* what the recipe's published rule reads in the recorded
reply, *strict* what `judging.verdicts.parsing` reads in it in the recipe's
form. A share is that of the response shown first.
"""


def report(data: Path) -> str:
    """The whole of `RECIPES.md`."""
    recorded = ["| recipe | replies | recorded verdicts | rule the same | rule differs | replies without a verdict |"]
    strict = ["| recipe | replies | strict the same | strict other | only the rule reads | only strict reads |"]
    for table in (recorded, strict):
        table.append("|---|" + "---:|" * 5)
    listed = ["| recipe | judge and prompt | question | models | recorded | rule | strict |", "|---|---|" + "---|" * 5]
    compared = list(listed)
    for name, folder in FOLDERS.items():
        recipe = RECIPES[name]
        spoken = [one for one in recipe.read(data / folder).recordings if one.reply is not None]
        rows = [(one, parse_recording(recipe, one), parse_reply(one.reply or "", recipe.form)) for one in spoken]
        recorded.append(_recorded_line(name, rows))
        strict.append(_strict_line(recipe, rows))
        listed += [
            _line(name, row) for row in rows if row[0].verdict is not None and not _equal(row[0].verdict, row[1])
        ]
        if name in SAME_MARKER:
            compared += [_line(name, row) for row in rows if not _agree(recipe, row[1], row[2])]
    return "\n".join([HEAD, *_sections(recorded, listed, strict, compared)])


def main() -> None:
    """Write the file."""
    if not DATA.is_dir():
        sys.exit(f"expected the public data at {DATA}, got none; unpack it beside the checkout")
    TABLE.write_text(report(DATA / "subjective"), encoding="utf-8")


Row = tuple[Recording, Verdict, Verdict]


def _sections(
    recorded: Sequence[str], listed: Sequence[str], strict: Sequence[str], compared: Sequence[str]
) -> Iterator[str]:
    yield "## Does the rule give the recorded verdict?\n"
    yield from recorded
    yield "\n`llmbar-rating` keeps winners of two ratings only; its figures are tested instead.\n"
    yield "### Every reply whose recorded verdict the rule does not give\n"
    yield "The published rules read none in these replies, so the recorded verdicts were set in another way,"
    yield "it seems by hand.\n"
    yield from listed
    yield "\n## What does the strict parser read in the same replies?\n"
    yield "Recipes whose prompt asks for another marker than ours cannot be read by it; that is what it should say."
    yield f"Only {' and '.join(SAME_MARKER)} ask for ours. Of pairs only the direction is compared.\n"
    yield from strict
    yield "\n### Every reply of these two in which the strict parser says something else\n"
    yield from compared
    yield ""


def _recorded_line(name: str, rows: Sequence[Row]) -> str:
    known = [row for row in rows if row[0].verdict is not None]
    same = sum(_equal(recording.verdict or Verdict(), rule) for recording, rule, _ in known)
    without = sum(not rule.is_parsed for _, rule, _ in rows)
    return f"| {name} | {len(rows)} | {len(known)} | {same} | {len(known) - same} | {without} |"


def _strict_line(recipe: Recipe, rows: Sequence[Row]) -> str:
    counts: Counter[str] = Counter()
    causes: Counter[str] = Counter()
    for _, rule, strict in rows:
        if _agree(recipe, rule, strict):
            counts["same"] += 1
        elif rule.is_parsed and strict.is_parsed:
            counts["other"] += 1
        elif rule.is_parsed:
            counts["rule"] += 1
            causes[str(strict.cause)] += 1
        else:
            counts["strict"] += 1
    reasons = ", ".join(f"{cause} {count}" for cause, count in sorted(causes.items()))
    only = f"{counts['rule']} ({reasons})" if reasons else "0"
    return f"| {recipe.name} | {len(rows)} | {counts['same']} | {counts['other']} | {only} | {counts['strict']} |"


def _line(name: str, row: Row) -> str:
    recording, rule, strict = row
    who = f"{recording.judge} {recording.prompt}".strip()
    said = _shown(recording.verdict) if recording.verdict is not None and recording.verdict.is_parsed else "none"
    cells = (name, who, recording.question, ", ".join(recording.models), said, _shown(rule), _shown(strict))
    return f"| {' | '.join(cells)} |"


def _shown(verdict: Verdict) -> str:
    if verdict.cause is not None:
        return str(verdict.cause)
    if verdict.value is not None:
        return f"{verdict.value:g}"
    return " ".join(f"{value:g}" for value in verdict.values.values())


def _equal(first: Verdict, second: Verdict) -> bool:
    """The same number or numbers, or no verdict in both."""
    if first.value is not None and second.value is not None:
        return abs(first.value - second.value) < 1e-12
    return first.is_parsed == second.is_parsed and dict(first.values) == dict(second.values)


def _agree(recipe: Recipe, first: Verdict, second: Verdict) -> bool:
    if recipe.form.is_pairwise and first.value is not None and second.value is not None:
        return (first.value > 0.5, first.value < 0.5) == (second.value > 0.5, second.value < 0.5)
    return _equal(first, second)


if __name__ == "__main__":
    main()
