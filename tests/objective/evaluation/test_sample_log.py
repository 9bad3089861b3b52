"""Samples are logged with the keys and hashes of lm-evaluation-harness 0.4.13, in its files."""

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from objective.evaluation.run import find_run, summarize_runs
from objective.evaluation.sample_log import LoggedRun, write_sample_log
from storage.database.engine import Database
from tests.objective.evaluation.test_run import evaluation, right, run, task
from tests.objective.fakes import ScriptedBackend
from tests.stores import open_store

KEYS = "doc_id doc target arguments resps filtered_resps filter metrics doc_hash prompt_hash target_hash".split()
"""Keys of a line in the order in which `lm_eval.evaluator` 0.4.13 makes them; the metrics follow."""
RESULT_KEYS = {
    *("results", "group_subtasks", "configs", "versions", "n-shot", "higher_is_better", "n-samples", "config"),
    *("git_hash", "date", "task_hashes", "model_name", "model_name_sanitized", "model_source"),
}


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_store(tmp_path / "evenhand.db")
    yield opened
    opened.close()


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_a_run_is_logged_as_the_harness_logs_it(database: Database, tmp_path: Path) -> None:
    asked = evaluation(task("g"), task("p", "ppl"), model="team/m:1")
    # the third question of `g` gets no letter, and all likelihoods prefer the right option
    backend = ScriptedBackend(
        lambda prompt: "hm" if "question 2" in prompt else right(prompt),
        lambda context, option: float(option.strip() == right(context)),
    )
    run(database, asked, backend)
    run_id = find_run(database, asked)
    results = summarize_runs(database, [run_id], ()).results
    logged = LoggedRun(run_id, asked.model, asked.selection.ready, asked.settings, results)
    paths = write_sample_log(database, logged, tmp_path / "log", now=datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC))
    assert [path.relative_to(tmp_path / "log").as_posix() for path in paths] == [
        "team__m__1/samples_g_2026-01-02T03-04-05.000678.jsonl",
        "team__m__1/samples_p_2026-01-02T03-04-05.000678.jsonl",
        "team__m__1/results_2026-01-02T03-04-05.000678.json",
    ]
    written, likely = ([json.loads(line) for line in path.read_text().splitlines()] for path in paths[:2])
    assert list(written[0])[: len(KEYS) + 1] == [*KEYS, "exact_match"]
    assert [row["exact_match"] for row in written] == [1.0, 1.0, 0.0, 1.0]
    assert (written[2]["evenhand_state"], written[2]["resps"], written[2]["filtered_resps"]) == (
        "unparsed",
        [["hm"]],
        ["hm"],
    )
    arguments = written[0]["arguments"]["gen_args_0"]
    assert written[0]["prompt_hash"] == digest(arguments["arg_0"]) and "until" in arguments["arg_1"]
    assert written[0]["target_hash"] == digest(written[0]["target"])
    assert written[0]["doc_hash"] == digest(json.dumps(written[0]["doc"], indent=2, ensure_ascii=False))

    assert set(likely[0]["arguments"]) == {"gen_args_0", "gen_args_1"} and likely[0]["target"] in ("0", "1")
    assert likely[0]["resps"][0][0] == likely[0]["filtered_resps"][0] and len(likely[0]["filtered_resps"][0]) == 2
    assert all(isinstance(value, str) for value in likely[0]["filtered_resps"][0]) and likely[0]["acc"] == 1.0

    summary = json.loads(paths[2].read_text())
    assert summary.keys() == RESULT_KEYS
    assert summary["results"]["g"]["exact_match,none"] == 0.75 and summary["results"]["p"]["acc,none"] == 1.0
    assert summary["n-samples"]["g"] == {"original": 4, "effective": 4}
    hashes = "".join(row["doc_hash"] + row["prompt_hash"] + row["target_hash"] for row in written)
    assert summary["task_hashes"]["g"] == digest(hashes)
