"""Time and peak memory of a leaderboard of very many models, from a CSV file through the commands.

    python -m tests.benchmarks.many_models [--models 100000] [--battles 1000000] [--method bradley-terry]

imports the file into a new store, ranks, and prints wall seconds, CPU seconds and peak memory of each command. The
limit is 2 GB for a million battles of 100,000 models.
"""

import argparse
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd


def write(path: Path, n_models: int, n_battles: int) -> None:
    """Battles of models of different strength, a fifth of ties."""
    rng = np.random.default_rng(1)
    strength = rng.normal(0.0, 0.7, n_models)
    a = rng.integers(0, n_models, n_battles)
    b = (a + rng.integers(1, n_models, n_battles)) % n_models
    wins = rng.random(n_battles) < 1.0 / (1.0 + np.exp(strength[b] - strength[a]))
    winner = np.where(rng.random(n_battles) < 0.2, "tie", np.where(wins, "model_a", "model_b"))
    names = np.array([f"model-{code:06d}" for code in range(n_models)])
    pd.DataFrame({"model_a": names[a], "model_b": names[b], "winner": winner}).to_csv(path, index=False)


def measure(command: list[str]) -> str:
    """Run a command; its wall and CPU seconds and its peak memory."""
    start = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(command)} ended with {os.waitstatus_to_exitcode(status)}")
    wall = time.perf_counter() - start
    return f"{wall:.1f} s | {usage.ru_utime + usage.ru_stime:.1f} s | {usage.ru_maxrss / 1024:.0f} MiB"


def main() -> None:
    """Write the file, import it, rank, print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=int, default=100_000)
    parser.add_argument("--battles", type=int, default=1_000_000)
    parser.add_argument("--method", default="bradley-terry")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        table, store = Path(folder) / "battles.csv", Path(folder) / "store.db"
        # in a process of its own: the peak of a child is never below the size of its parent
        writer = multiprocessing.get_context("spawn").Process(
            target=write, args=(table, options.models, options.battles)
        )
        writer.start()
        writer.join()
        evenhand = [str(Path(sys.executable).with_name("evenhand"))]
        asked = [f"--intervals-for=model-{code:06d}" for code in range(5)]
        print("| command | wall | CPU | peak memory |\n|---|---|---|---|")
        steps = {
            "import battles": ["import", str(table), "--rater-kind", "human", "--database", str(store)],
            "rank, 5 intervals": ["rank", "--method", options.method, *asked, "--database", str(store), "--json"],
        }
        for name, step in steps.items():
            print(f"| {name} | {measure([*evenhand, *step])} |", flush=True)


if __name__ == "__main__":
    main()
