"""How far log-likelihoods of the local engine and of lm-evaluation-harness are apart, and how far each is from exact.

    python -m tests.benchmarks.objective_agreement --harness ENV/bin/python

In float32 both are held against a third computation in float64, one plain pass for each option. In bfloat16 the
harness is held against itself at another batch size, with `softmax_dtype=float32`, and the engine against both.
"""

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.benchmarks.objective_speed import DATA, Side, build, docstring_questions, logiqa, pairs

OPTIONS = 4


def exact(path: Path, task: list[list[str]]) -> list[float]:
    """Sums of log-probabilities in float64, one pass for each option."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    torch.set_num_threads(1)
    words: Any = AutoTokenizer.from_pretrained(path)
    model: Any = AutoModelForCausalLM.from_pretrained(path, dtype=torch.float64).eval()
    sums = []
    with torch.inference_mode():
        for context, option in task:
            whole, start = words.encode(context + option), len(words.encode(context))
            logs = torch.log_softmax(model(torch.tensor([whole[:-1]])).logits[0, start - 1 :], dim=-1)
            sums.append(float(logs.gather(1, torch.tensor(whole[start:])[:, None]).sum()))
    return sums


def apart(one: list[float], other: list[float]) -> str:
    """The largest difference, its root mean square, and how many choices differ."""
    differences = [abs(a - b) for a, b in zip(one, other, strict=True)]
    square = (sum(difference**2 for difference in differences) / len(differences)) ** 0.5
    picks = [
        [max(range(OPTIONS), key=run[at : at + OPTIONS].__getitem__) for at in range(0, len(run), OPTIONS)]
        for run in (one, other)
    ]
    changed = sum(a != b for a, b in zip(*picks, strict=True))
    return f"at most {max(differences):.1e} nats (root mean square {square:.1e}), {changed} of {len(picks[0])} choices"


def main() -> None:
    """Print how far each pair of results is apart."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--harness", required=True, help="Python of an environment with lm-eval")
    options.add_argument("--questions", type=int, default=60)
    options.add_argument("--shape", default="tiny")
    asked = options.parse_args()
    rows = logiqa(asked.questions) if (DATA / "agieval").is_dir() else docstring_questions(asked.questions)["os"]
    with tempfile.TemporaryDirectory() as folder:
        path = build(Path(folder), asked.shape)
        for kind in ("letters", "texts"):
            compare(asked.harness, path, kind, pairs(rows, kind, 5))


def compare(harness: str, path: Path, kind: str, task: list[list[str]]) -> None:
    """One kind of options, in both precisions."""
    found: dict[tuple[str, str], list[float]] = {("float64", "exact"): exact(path, task)}
    for dtype in ("float32", "bfloat16"):
        for name, python, side, batch in (
            ("harness, batch 1", harness, "theirs", 1),
            ("harness, batch 8", harness, "theirs", 8),
            ("engine", sys.executable, "ours", 0),
        ):
            process = Side(python, side, path, batch, dtype)
            found[dtype, name] = process.ask({"pairs": task})["results"]
            process.end()
    print(f"{kind}, {len(task)} options, 5 shots")
    for dtype in ("float32", "bfloat16"):
        for one, other in (
            ((dtype, "harness, batch 8"), (dtype, "harness, batch 1")),
            ((dtype, "engine"), (dtype, "harness, batch 1")),
            ((dtype, "engine"), (dtype, "harness, batch 8")),
            ((dtype, "harness, batch 1"), ("float64", "exact")),
            ((dtype, "harness, batch 8"), ("float64", "exact")),
            ((dtype, "engine"), ("float64", "exact")),
        ):
            print(f"  {dtype:9} {one[1]:17} and {other[1]:17} {apart(found[one], found[other])}", flush=True)


if __name__ == "__main__":
    main()
