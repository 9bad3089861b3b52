"""What the Objective tab says: the chosen settings, the facts of a prediction, and what a score lacks."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from app.views.board import DASH
from app.views.objective import ending_name, metric_name, mode_name, rows_of, run_facts, sample_facts
from objective.causes import Cause, CauseCode
from objective.summary.table import TaskResult, summarize
from objective.task import TaskGroup
from storage.database.evaluation_tables import PredictionState
from storage.evaluations.reading import ENDINGS, PredictionDetails
from storage.evaluations.runs import RunLine

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
RUN = RunLine(1, "wren", "0123456789abcdef", {"tasks": ["t"]}, NOW, None)


def facts(settings: dict[str, Any], **changes: Any) -> dict[str, str]:
    run = RUN._replace(settings=settings, **changes)
    assert len(run_facts(run, Counter(), (), "zh")) == len(run_facts(run, Counter(), (), "en"))
    return dict(run_facts(run, Counter({"right": 3, "failed": 1}), (), "en"))


def test_a_run_tells_the_settings_that_were_chosen_and_no_others() -> None:
    plain = facts({})
    assert "01234567" in plain.values() and "0123456789abcdef" not in plain.values()
    chosen = facts(
        {
            "prompts": {"chat": True, "shots": {"count": 3, "policy": "first"}, "system": "Hi.", "instruction": ""},
            "temperature": 0.7, "top_p": 0.9, "seed": 5, "samples": 4, "limit": 10,
        },
        finished_at=NOW,
    )  # fmt: skip
    new = {value for name, value in chosen.items() if plain.get(name) != value}
    assert {"3 (first)", "Hi.", "4", "2026-03-01 09:30 UTC"} < new
    assert any("0.7" in value and "0.9" in value and "5" in value for value in new)
    assert any("10" in value for value in new)
    assert len(chosen) == len(plain) + 4
    assert facts({"samples": 1, "limit": 0, "temperature": 0.0}) == plain


def test_a_recorded_run_tells_the_model_that_was_recorded_and_unknown_facts_are_marked() -> None:
    recorded = {"architecture": "Llama", "parameters": 1000, "steps": 70, "seed": 1, "made_at": "2026-01-01"}
    told = facts({"recorded": recorded})
    assert len(told) == len(facts({})) + 3
    text = " ".join(told.values())
    assert "Llama" in text and "70" in text and "2026-01-01" in text and "?" in text


PREDICTION = PredictionDetails(1, 0, PredictionState.scored, "q", "out", "A", 1.0, None, {})


@pytest.mark.parametrize(
    ("details", "parts"),
    [
        ({}, []),
        ({"prompt_tokens": 1200, "completion_tokens": 7}, ["1,200"]),
        ({"prompt_tokens": 1200}, []),
        *(({"finish": finish}, [""]) for finish in ("stop", "end", "length", "refused")),
        ({"finish": "unheard of"}, []),
        ({"shots": 5}, ["5"]),
        ({"dropped": 2, "truncated": 30}, ["2", "30"]),
        ({"system_as_user": True}, [""]),
        ({"grade": {"grader": "strong", "mark": "correct", "reply": "MARK: YES", "cause": None}}, ["strong", "MARK"]),
        (
            {
                "grade": {
                    "grader": "strong", "mark": None, "reply": None,
                    "cause": Cause(CauseCode.message, text="the server broke").stored(),
                }
            },
            ["(the server broke)"],
        ),
    ],
)  # fmt: skip
def test_a_prediction_tells_each_stored_detail_once(details: dict[str, Any], parts: list[str]) -> None:
    for language in ("en", "zh"):
        told = sample_facts(replace(PREDICTION, details=details), language)
        assert len(told) == len(parts), told
        assert all(part in value and value for part, (_, value) in zip(parts, told, strict=True))


def result(task: str, model: str = "wren", **changes: Any) -> TaskResult:
    plain = TaskResult(model, task, "accuracy", "gen", "v", "c", "scored", value=0.5, error=0.1, items=4)
    return replace(plain, **changes)


def test_what_a_score_lacks_is_told_by_reason_and_never_as_a_zero() -> None:
    none: dict[str, Any] = {"value": None, "error": None, "items": 0}
    results = [
        result("a", unparsed=2, failed=1),
        result("a", metric="other", unparsed=2, failed=1),
        result("b", state="failed", **none),
        result("c", state="missing", **none),
        result("a", "crow"),
    ]
    group = TaskGroup("all", ("a", "b", "c"))
    rows = rows_of(summarize(results, [group]), [group], "en")
    assert rows[0].members == 3 and [row.members for row in rows[1:]] == [0] * (len(rows) - 1)
    cells = {(row.line.dataset, row.line.metric): row.cells for row in rows}
    whole, other = cells["a", "accuracy"]
    assert (whole.value, whole.interval, len(whole.notes)) == ("50.0", "30.4 – 69.6", 2)
    assert other.notes == ()
    assert cells["b", "accuracy"][0].value == DASH and len(cells["b", "accuracy"][0].notes) == 1
    assert cells["b", "accuracy"][0].notes != cells["c", "accuracy"][0].notes
    (unasked,) = cells["c", "accuracy"][1].notes
    assert unasked not in cells["c", "accuracy"][0].notes
    in_group = rows[0].cells[0]
    assert in_group.value == DASH and len(in_group.notes) == 4  # one failed, one missing, and both counts, once


def test_unknown_names_stay_as_they_are_and_every_ending_has_words() -> None:
    assert (metric_name("my_metric", "zh"), mode_name("my_mode", "zh")) == ("my_metric", "my_mode")
    assert metric_name("accuracy", "en") != metric_name("accuracy", "zh")
    assert len({ending_name(ending, language) for ending in ENDINGS for language in ("en", "zh")}) == 2 * len(ENDINGS)
