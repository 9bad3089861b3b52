"""Battles for tests: random tournaments, and the real votes where they are at hand."""

import csv
from pathlib import Path

import numpy as np

from arena.rating.method import RatingSettings

Row = tuple[str, str, str | float]
DEFAULT = RatingSettings()


def crowd_rows(data: Path) -> list[Row]:
    """8,931 real votes on 59 models, from the folder of public data (fixture `shared_data`)."""
    with (data / "battles" / "llmfao_crowd.csv").open(encoding="utf-8") as file:
        return [(row["model_a"], row["model_b"], row["winner"]) for row in csv.DictReader(file)]


def random_rows(n_models: int, n_battles: int, seed: int, *, tie_share: float = 0.2) -> list[Row]:
    """Battles of models with different strengths, some pairs far more frequent than others."""
    rng = np.random.default_rng(seed)
    strength = rng.normal(0.0, 0.8, n_models)
    fame = rng.dirichlet(np.full(n_models, 2.0))
    rows: list[Row] = []
    for _ in range(n_battles):
        a, b = rng.choice(n_models, 2, replace=False, p=fame)
        if rng.random() < tie_share:
            winner = "tie"
        else:
            winner = "model_a" if rng.random() < 1 / (1 + np.exp(strength[b] - strength[a])) else "model_b"
        rows.append((f"m{a}", f"m{b}", winner))
    return rows


def turned(row: Row) -> Row:
    """The same battle with the sides exchanged."""
    left, right, winner = row
    if not isinstance(winner, str):
        return right, left, 1.0 - winner
    return right, left, {"model_a": "model_b", "model_b": "model_a"}.get(winner, winner)
