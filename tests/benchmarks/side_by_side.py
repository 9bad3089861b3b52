"""The same questions with the real model here and in lm-evaluation-harness 0.4.13, in one run:

    python -m tests.benchmarks.side_by_side --harness ENV/bin/python --model DIR --data DATA

Prompts are those that `evenhand evaluate` sends for `arc-challenge` (texts, five shots) and `gsm8k` (writing), the same
for both sides. Each side is a process that loads the model once, on one thread in float32 at batch 1; CPU seconds of
scoring or writing are compared, without loading. The load average is printed, as CPU seconds grow with it.
"""

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from objective.catalog import select_tasks
from objective.prompting.prompts import PromptBuilder, PromptSettings
from objective.prompting.shots import ShotSelection
from objective.task import Mode, Task
from tests.benchmarks.objective_speed import DATA, Side, compare

SHOTS, OPTIONS = 5, 4


def builder(name: str, mode: Mode, data: Path) -> tuple[Task, PromptBuilder]:
    """A task and its prompts with five shots."""
    task = select_tasks([name], data_dir=data, mode=mode).ready[0]
    return task, PromptBuilder(task, PromptSettings(shots=ShotSelection("first", SHOTS)))


def arc(data: Path, number: int) -> dict[str, Any]:
    """Contexts and options' texts of the first questions of ARC-Challenge with four options."""
    task, prompts = builder("arc-challenge", "ppl", data)
    items = [item for item in task.items if len(item.options) == OPTIONS][:number]
    built = [prompts.build(item) for item in items]
    return {"pairs": [[one.context(place), one.options[place]] for one in built for place in range(OPTIONS)]}


def gsm8k(data: Path, number: int, new: int) -> dict[str, Any]:
    """Prompts of the first questions of GSM8K."""
    task, prompts = builder("gsm8k", "gen", data)
    return {"prompts": [prompts.build(item).text for item in task.items[:number]], "new": new}


def main() -> None:
    """Compare both sides on both tasks."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--harness", required=True, help="Python of an environment with lm-eval")
    options.add_argument("--model", type=Path, required=True, help="folder of the model")
    options.add_argument("--data", type=Path, default=DATA, help="folder with arc_challenge and gsm8k")
    options.add_argument("--questions", type=int, default=100, help="of ARC-Challenge")
    options.add_argument("--prompts", type=int, default=16, help="of GSM8K")
    options.add_argument("--new", type=int, default=96, help="new tokens of each text at most")
    asked = options.parse_args()
    sides = [Side(asked.harness, "theirs", asked.model, 1), Side(sys.executable, "ours", asked.model, 0)]
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors", flush=True)
    compare(sides, "arc-challenge, 5 shots", arc(asked.data, asked.questions), 1)
    compare(sides, "gsm8k, 5 shots", gsm8k(asked.data, asked.prompts, asked.new), 1)
    print(f"load average {os.getloadavg()[0]:.1f}")
    for side in sides:
        side.end()


if __name__ == "__main__":
    main()
