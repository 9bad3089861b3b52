"""How the strict parser reads every recorded reply of the public data, and how long hostile replies take.

    python -m tests.benchmarks.verdict_reading [--before PARSING.PY]

Each reply is read in the form its prompt asked for: with double square brackets, or with the marker that the prompt
would declare. *right* and *wrong* are against the recorded verdict; *no verdict recorded* counts replies that the
parser reads and the authors did not; *readable* are failures that the published rule reads. `--before` names an earlier
`judging/verdicts/parsing.py`, which knows brackets only.
"""

import argparse
import importlib.util
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from judging.prompts.prompt_file import parse_prompt
from judging.recipes.catalog import RECIPES
from judging.recipes.recipe import Recipe
from judging.verdicts.parsing import parse_reply
from judging.verdicts.verdict import OutputForm, Verdict
from tests.conftest import DATA
from tests.judging.recipes.differences import FOLDERS
from tests.judging.recipes.recordings import parse_recording
from tests.judging.verdicts.test_linear_time import REPEATED

DECLARED = {
    "alpaca-eval-2": ("three-way", "marker: ({verdict})", "labels: m = A, M = B"),
    "llmbar": ("three-way", "marker: Output (a)", ""),
    "llmbar-cot": ("three-way", "marker: Output ({verdict}) is better", "labels: a = A, b = B"),
    "llmbar-rating": ("score 0 to 9", "", ""),
}
"""Markers of prompts that do not ask for brackets, by recipe; AlpacaEval's replies are one letter, which is none."""

LONG = 1_000_000
Parser = Callable[[str, OutputForm], Verdict]


def declared_form(recipe: Recipe) -> OutputForm:
    """The form of a recipe's prompt, with the marker that it would declare."""
    output, *lines = DECLARED.get(recipe.name, ("", ""))
    if not output:
        return recipe.form
    user = "{question} {response}" if output.startswith("score") else "{question} {response_a} {response_b}"
    kind = "single" if output.startswith("score") else "pairwise"
    head = [f"kind: {kind}", f"output: {output}", *(line for line in lines if line)]
    text = "\n".join(["---", "name: p", "version: 1", "language: en", "source: s", *head, "---", "=== user", user])
    return parse_prompt(text, where=recipe.name).form


def outcome(recipe: Recipe, recorded: Verdict | None, published: Verdict, read: Verdict) -> str:
    """What one reply counts as."""
    if not read.is_parsed:
        return "readable" if published.is_parsed else "failed"
    if recorded is None or not recorded.is_parsed:
        recorded = published
    if not recorded.is_parsed:
        return "no verdict recorded"
    if recipe.form.is_pairwise and recorded.value is not None and read.value is not None:
        same = (recorded.value > 0.5, recorded.value < 0.5) == (read.value > 0.5, read.value < 0.5)
    else:
        same = recorded.value == read.value and dict(recorded.values) == dict(read.values)
    return "right" if same else "wrong"


def count(name: str, parser: Parser, form: OutputForm) -> Counter[str]:
    """The outcomes of all recorded replies of a recipe."""
    recipe = RECIPES[name]
    found: Counter[str] = Counter()
    for one in recipe.read(DATA / "subjective" / FOLDERS[name]).recordings:
        if one.reply is not None:
            read = parser(one.reply, form)
            found[outcome(recipe, one.verdict, parse_recording(recipe, one), read)] += 1
    return found


def slowest() -> tuple[float, str]:
    """Processor seconds of the slowest reply of a million characters, and what it repeats."""
    worst = (0.0, "")
    for name, (before, piece) in REPEATED.items():
        reply = before + piece * (LONG // len(piece))
        for form in (OutputForm("three-way"), OutputForm("score"), OutputForm("scores")):
            seconds = []
            for _ in range(3):
                start = time.process_time()
                parse_reply(reply, form)
                seconds.append(time.process_time() - start)
            worst = max(worst, (min(seconds), name))
    return worst


def main() -> None:
    """Print one line a recipe, and the slowest reply."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--before", type=Path, help="an earlier parsing.py to compare with")
    asked = options.parse_args()
    parsers: dict[str, Parser] = {"now": parse_reply}
    if asked.before is not None:
        spec = importlib.util.spec_from_file_location("earlier", asked.before)
        if spec is None or spec.loader is None:
            raise SystemExit(f"expected a Python file, got {asked.before}")
        earlier = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(earlier)
        parsers = {"before": earlier.parse_reply, **parsers}
    totals: dict[str, Counter[str]] = {}
    for name in FOLDERS:
        for when, parser in parsers.items():
            form = RECIPES[name].form if when == "before" else declared_form(RECIPES[name])
            found = count(name, parser, form)
            totals[when] = totals.get(when, Counter()) + found
            print(f"{name:16} {when:7} {dict(sorted(found.items()))}")
    for when, found in totals.items():
        print(f"{'all':16} {when:7} {found.total()} replies: {dict(sorted(found.items()))}")
    seconds, what = slowest()
    print(f"slowest of a million characters: {1000 * seconds:.1f} ms, {what}")


if __name__ == "__main__":
    main()
