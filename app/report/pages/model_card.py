"""The results as an entry for model cards of the Hugging Face hub: the `model-index` of their metadata.

The names of its fields are those that the hub reads: https://huggingface.co/docs/hub/model-cards#evaluation-results.
"""

from typing import Any

import yaml

from app.report.document import Document
from app.report.parts.leaderboards import BOARDS, board_name
from app.report.wording import tell


def model_card_of(document: Document) -> str:
    """Metadata with one entry for each model; the owner of a model copies the entry with its name into the card."""
    entries: dict[str, list[dict[str, Any]]] = {}
    for board in document.rows(BOARDS):
        for row in document.rows(board["key"]):
            if row["rating"] is not None:
                entries.setdefault(row["model"], []).append(_rating(document, board, row))
    for row in document.rows("worlds_models"):
        value = round(100.0 * row["score"], 2)
        entries[row["model"]].append(
            _result(document, "text-generation", "Mean over objective tasks", [("accuracy", "Mean score, %", value)])
        )
    index = [{"name": model, "results": results} for model, results in entries.items()]
    text = yaml.safe_dump({"model-index": index}, sort_keys=False, allow_unicode=True, width=1000)
    return f"---\n{text}---\n"


def _rating(document: Document, board: dict[str, Any], row: dict[str, Any]) -> dict[str, Any]:
    level = f"{board['level']:.0%}"
    metrics = [("rating", f"Rating ({board['method']})", round(row["rating"], 1))]
    if row["lower"] is not None and row["upper"] is not None:
        metrics.append(("rating-lower", f"Lower end of the {level} interval", round(row["lower"], 1)))
        metrics.append(("rating-upper", f"Upper end of the {level} interval", round(row["upper"], 1)))
    if row["win_rate"] is not None:
        metrics.append(("win-rate", "Win rate", round(row["win_rate"], 4)))
    metrics.append(("comparisons", "Number of comparisons", row["battles"]))
    return _result(document, "text-generation", board_name(board, "en"), metrics)


def _result(document: Document, task: str, dataset: str, metrics: list[tuple[str, str, Any]]) -> dict[str, Any]:
    title = str(document.facts["title"] or tell("en", "title"))
    return {
        "task": {"type": task},
        "dataset": {"type": "evenhand", "name": f"{title}: {dataset}"},
        "metrics": [{"type": kind, "name": name, "value": value} for kind, name, value in metrics],
    }
