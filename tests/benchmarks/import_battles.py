"""Rows per second and memory of an import of LMArena-style battles, every one with a question of its own.

    python -m tests.benchmarks.import_battles                        # a million rows of JSONL into SQLite
    python -m tests.benchmarks.import_battles --rows 200000 --suffix .csv --database postgresql://…

The limits are 20,000 rows a second and 1 GB on a quiet machine with two cores. CPU seconds are those of this
process; with PostgreSQL the server's own come on top.
"""

import argparse
import csv
import hashlib
import json
import random
import resource
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from storage.database.engine import open_database
from storage.exchange.importing import ImportOptions, import_file
from storage.exchange.rows.canonical import RowKind

N_MODELS, ROWS_PER_RATER, FIRST_SECOND = 60, 10, 1682351591.0
WINNERS = ("model_a", "model_b", "tie", "tie (bothbad)")


def battles(n_rows: int) -> Iterator[dict[str, Any]]:
    """Rows with the columns and the variety of the published ones; the same ones each time."""
    chance = random.Random(1)
    models = [f"model-{number}" for number in range(N_MODELS)]
    for number in range(n_rows):
        model_a, model_b = chance.sample(models, 2)
        yield {
            "question_id": hashlib.blake2b(str(number).encode(), digest_size=16).hexdigest(),
            "model_a": model_a,
            "model_b": model_b,
            "winner": chance.choice(WINNERS),
            "judge": f"arena_user_{chance.randrange(max(1, n_rows // ROWS_PER_RATER))}",
            "turn": chance.randrange(1, 5),
            "anony": True,
            "language": chance.choice(("English", "Chinese", "German")),
            "tstamp": FIRST_SECOND + 3.125 * number,
        }


def write(path: Path, n_rows: int) -> None:
    """The rows as `.jsonl`, as one `.json` list or as `.csv`."""
    with path.open("w", newline="") as file:
        if path.suffix == ".csv":
            writer = csv.DictWriter(file, list(next(battles(1))))
            writer.writeheader()
            writer.writerows(battles(n_rows))
            return
        ends = ("[", "]") if path.suffix == ".json" else ("", "")
        file.write(ends[0])
        for number, row in enumerate(battles(n_rows)):
            file.write((",\n" if ends[0] else "\n") if number else "")
            file.write(json.dumps(row))
        file.write(f"\n{ends[1]}")


def main() -> None:
    """Write the file, import it, print the figures."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rows", type=int, default=1_000_000)
    options.add_argument("--suffix", choices=(".jsonl", ".json", ".csv"), default=".jsonl")
    options.add_argument("--database", help="an empty one; a new SQLite file by default")
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"battles{asked.suffix}"
        write(path, asked.rows)
        database = open_database(asked.database or str(Path(folder) / "import.db"))
        wall, cpu = time.perf_counter(), time.process_time()
        report = import_file(
            database, RowKind.preferences, path, ImportOptions(now=datetime.now(UTC), salt="benchmark")
        )
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        database.close()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{report.added:,} rows in {wall:.1f} s: {report.rows / wall:,.0f} rows/s, {cpu:.1f} s CPU, {memory:,.0f} MiB"
    )


if __name__ == "__main__":
    main()
