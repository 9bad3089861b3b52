"""More models than a covariance has room for go from a CSV file through the commands to a board, without a grid."""

import csv

import numpy as np

from arena.rating.tally import MOST_DENSE
from tests.app.commands.conftest import Console

N_MODELS = MOST_DENSE + 50
ASKED = ("m000007", "m010000")


def write_battles(console: Console) -> None:
    """A tie of each model with an earlier one, which connects all, and sixty battles of two models, by six raters."""
    rng = np.random.default_rng(3)
    names = [f"m{code:06d}" for code in range(N_MODELS)]
    with (console.folder / "battles.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["model_a", "model_b", "winner", "rater"])
        for code, name in enumerate(names[1:], 1):
            rows.writerow([name, names[int(rng.integers(code))], "tie", f"r{code % 6}"])
        for name in ASKED:
            for place, other in enumerate(rng.choice(names[1000:9000], 60, replace=False)):
                rows.writerow([name, other, ("model_a", "model_b", "tie")[place % 3], f"r{place % 6}"])


def test_ten_thousand_models_are_ranked_from_a_csv_with_the_intervals_asked_for(console: Console) -> None:
    write_battles(console)
    assert (done := console("import battles.csv --rater-kind human --json")).code == 0, done.err
    assert len(done.json["files"][0]["models"]) == N_MODELS
    asked = " ".join(f"--intervals-for {name}" for name in ASKED)
    found = console(f"rank {asked} --against {ASKED[0]} --csv board.csv --json").json
    rows = {row["model"]: row for row in found["ratings"]}
    assert len(rows) == N_MODELS
    known = {name for name, row in rows.items() if row["lower"] is not None and row["upper"] is not None}
    assert known == set(ASKED)
    assert all(rows[name]["lower"] < rows[name]["rating"] < rows[name]["upper"] for name in ASKED)
    assert len(found["differences"]) == N_MODELS - 1
    assert len((console.folder / "board.csv").read_text(encoding="utf-8").splitlines()) == N_MODELS + 1
    notes = " ".join(found["notes"])
    assert "only those named by --intervals-for have intervals" in notes and "too little data" not in notes
    for line in ("rank --robustness", "rank --method win-rate"):
        refused = console(line)
        assert refused.code == 1 and "10,050" in refused.err and "expected" in refused.err, line
    refused = console("ask")
    assert refused.code == 1 and "expected 2,000 models or fewer" in refused.err
