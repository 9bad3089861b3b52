"""A small store with people, two judges, scores, objective scores, and things that must never be published."""

import random
from pathlib import Path
from typing import Any

import orjson

from storage.database.engine import Database
from storage.exchange.importing import ImportOptions, import_file
from storage.exchange.rows.canonical import response_key
from storage.questions.questions import settings_digest
from tests.app.objective_scores import store_scores
from tests.clocks import START
from tests.stores import open_store

PEOPLE = ("alice.moreau", "bob.tanaka", "carol.weiss", "dave.osei")
SECRETS = (
    *PEOPLE,
    "merger-memo",
    "Summarise the merger memo",
    "Our offer is nine",
    "a private remark",
    "You are the merger assistant",
    "2025-05-05",
    "http://10.0.0.7/v1",
)
"""Names of people, key and texts of a private question, a comment, a system prompt, a time, an address in a cause."""
MODELS = ("Robin-9B", "Swift-3B", "Wren-1B", "Stare-7B", "Lark-2B")
MARKED = [
    {"code": "marked_by_rules", "count": 70, "total": 100},
    {"code": "marked_by_grader", "count": 25, "total": 100, "name": "Grader-4B"},
    {"code": "grader_failed", "count": 5, "total": 100, "name": "Grader-4B"},
]
"""Notes on the scores of the first model: who marked its answers."""
SETTINGS = {"system": "You are the merger assistant"}


def fill(database: Database, folder: Path) -> None:
    """Import questions, responses, votes, judgments and scores, and store objective scores."""
    rows = {
        "questions": _questions(),
        "responses": _responses(),
        "preferences": _preferences(),
        "satisfaction": _scores(),
    }
    for kind, own in rows.items():
        path = folder / f"{kind}.jsonl"
        same = {name: None for row in own for name in row}
        path.write_bytes(b"\n".join(orjson.dumps(same | row) for row in own))
        import_file(database, None, path, ImportOptions(now=START, salt="salt", source="team"))
    scores = {model: {"maths": (0.9 - place / 10, 0.02)} for place, model in enumerate(MODELS)}
    store_scores(database, scores | {"Only-Evaluated": {"maths": (0.5, 0.02)}}, {MODELS[0]: MARKED})


def make_rated_store(folder: Path) -> Path:
    """The path of a new store that is filled so."""
    path = folder / "team.db"
    database = open_store(path)
    fill(database, folder)
    database.close()
    return path


def _keys() -> list[str]:
    return [*(f"q{number}" for number in range(8)), "merger-memo"]


def _questions() -> list[dict[str, Any]]:
    return [
        {
            "source": "team",
            "key": key,
            "turns": ["Summarise the merger memo." if key == "merger-memo" else f"Public question {key}?"],
            "category": ("code", "maths")[place % 2],
            "language": "en",
            "private": key == "merger-memo",
        }
        for place, key in enumerate(_keys())
    ]


def _responses() -> list[dict[str, Any]]:
    return [
        {
            "source": "team",
            "question": key,
            "model": model,
            "turns": ["Our offer is nine." if key == "merger-memo" else f"Answer of {model}. " * (place + 1)],
            "settings": SETTINGS,
            "prompt_tokens": 20,
            "completion_tokens": 100 * (place + 1),
            "latency_seconds": 1.5 * (place + 1),
        }
        for key in _keys()
        for place, model in enumerate(MODELS)
    ]


def _preferences() -> list[dict[str, Any]]:
    """Votes and judgments that follow the order of the models three times in four."""
    chance = random.Random(4)
    response = response_key(settings_digest(SETTINGS), 0)
    same = {"response_a": response, "response_b": response}
    rows = []
    for rater, kind in [*((name, "human") for name in PEOPLE), ("judge-1", "judge"), ("judge-2", "judge")]:
        for key in _keys():
            for _ in range(5):
                a, b = sorted(chance.sample(range(len(MODELS)), 2), key=lambda _: chance.random())
                better = chance.random() < 0.75
                winner = "tie" if chance.random() < 0.1 else "model_a" if (a < b) == better else "model_b"
                row: dict[str, Any] = {
                    "question": key,
                    "model_a": MODELS[a],
                    "model_b": MODELS[b],
                    "winner": winner,
                    "rater": rater,
                }
                row |= {"rater_kind": kind, **same}
                if kind == "human":
                    row |= {"comment": "a private remark", "created_at": "2025-05-05T01:02:03Z", "seconds": 3.5}
                rows.append(row)
    failed = {"question": "q1", "model_a": MODELS[0], "model_b": MODELS[1], "winner": None, "rater": "judge-1"}
    failed |= {"rater_kind": "judge", "state": "failed", "cause": "no reply from http://10.0.0.7/v1", **same}
    return [*rows, failed]


def _scores() -> list[dict[str, Any]]:
    chance = random.Random(5)
    return [
        {
            "question": key,
            "model": model,
            "rater": rater,
            "rater_kind": "human",
            "dimension": "overall",
            "score": max(1, min(5, 5 - place + chance.choice((-1, 0, 0, 1)))),
            "scale_low": 1,
            "scale_high": 5,
        }
        for rater in PEOPLE[:2]
        for key in _keys()[:4]
        for place, model in enumerate(MODELS)
    ]
