"""What `rank`, `probe` and `evaluate` print beside their tables: nothing is told where nothing is known."""

import json
from contextlib import closing
from pathlib import Path

import pytest

from app.commands.evaluate.output import log_samples, tell, tell_unready
from app.commands.probe import _show
from app.commands.rank.robustness_output import FirstPlaceLines
from app.commands.rank.score_output import ScoreTables
from app.views.objective import summary_of
from arena.decisions.robustness import FirstPlace, Removal
from arena.leaderboard.score_summary import ScoreLine, SideLine
from objective.catalog import TaskSelection, UnreadyTask
from objective.causes import Cause, CauseCode, MissingData, TaskProblem
from objective.evaluation.option_orders import OrderProbe
from objective.evaluation.plan import EvaluationSettings
from objective.evaluation.run import Evaluation
from objective.summary.table import TaskResult, summarize
from objective.task import TaskGroup
from storage.errors import BadInput
from storage.evaluations.runs import scores_of
from tests.app.objective_runs import always_a, run_model, selected
from tests.stores import open_store

PROBE = OrderProbe("exam", 24, 3, 12, 3.0, 0.125, 0.00012)
FIRST = FirstPlace(
    first="wren", total=1200, rival=None, votes=None, positions=(), by_rater=(), raters=(), questions=(),
    raters_tried=0, questions_tried=0,
)  # fmt: skip
MOVED = {"rival": "finch", "votes": 30, "positions": tuple(range(30))}


def first_place(**changes: object) -> list[str]:
    return FirstPlaceLines(FirstPlace(**{**vars(FIRST), **changes})).lines()


def test_first_place_rests_on_nothing_without_two_models() -> None:
    assert FirstPlaceLines(None).lines() == ["First place rests on nothing yet: fewer than two models are compared."]
    assert FirstPlaceLines(None).as_json() is None


def test_the_fewest_votes_that_take_first_place_are_told_with_their_raters() -> None:
    assert first_place() == ["No removal of votes was found that takes first place from wren."]
    told = "wren would lose first place to finch without 30 votes of 1,200 (2.5%), chosen for that."
    assert first_place(**MOVED) == [told]
    raters = tuple((f"r{n}", 7 - n) for n in range(7))
    assert first_place(**MOVED, by_rater=raters[:2]) == [told, "These votes are by r0 (7), r1 (6)."]
    assert first_place(**MOVED, by_rater=raters)[1].endswith("r4 (3) and 2 more.")


def test_raters_and_questions_are_told_only_where_they_were_left_out_one_by_one() -> None:
    assert first_place(raters_tried=3, questions_tried=1)[1:] == [
        "wren stays first without any single rater (3 raters tried, the most influential).",
        "wren stays first without any single question (1 question tried, the most influential).",
    ]
    assert first_place(raters=(Removal("ann", 40, "finch"),), raters_tried=3)[1:] == [
        "Without rater ann (40 votes), finch would be first."
    ]


def test_people_stand_beside_judges_where_both_scored_the_same_responses(capsys: pytest.CaptureFixture[str]) -> None:
    line = ScoreLine("wren", "overall", None, 3, 50.0, None, None, 1 / 3, 1, ((0.0, 1), (0.5, 1), (1.0, 1)))
    ScoreTables([line], []).show()
    alone = capsys.readouterr().out
    assert "people and judges" not in alone and "1 · 1 · 1" in alone and "33%" in alone and "category" not in alone
    ScoreTables([line], [SideLine("wren", "overall", 1200, 62.5, 70.04)]).show()
    both = capsys.readouterr().out
    assert "Responses scored by people and judges" in both
    assert all(text in both for text in ("1,200", "62.5", "70.0"))
    assert ScoreTables([line], []).as_json()["people_and_judges"] == []


def test_a_probe_is_a_row_and_without_one_the_reason_is_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    _show([PROBE], is_json=False, is_whole=True)
    shown = capsys.readouterr().out
    assert all(text in shown for text in ("exam", "24", "3.0", "0.12", "0.00012", "A small p says"))
    _show([PROBE], is_json=True, is_whole=False)
    assert json.loads(capsys.readouterr().out) == [vars(PROBE)]
    _show([], is_json=False, is_whole=False)  # what is not ready was told before
    assert capsys.readouterr().out == ""
    with pytest.raises(BadInput, match="name tasks with multiple choice"):
        _show([], is_json=False, is_whole=True)


def test_each_invalid_task_is_told_and_of_missing_ones_the_first_three(capsys: pytest.CaptureFixture[str]) -> None:
    lost = [
        UnreadyTask(f"lost-{n}", "gen", MissingData("no", Cause(CauseCode.message, text=f"no data {n}")))
        for n in range(5)
    ]
    broken = UnreadyTask("broken", "gen", TaskProblem("no", Cause(CauseCode.message, text="row 3 is wrong")))
    tell_unready(TaskSelection((*lost, broken), ()))
    assert capsys.readouterr().err.splitlines() == [
        "broken: row 3 is wrong",
        *[f"lost-{n}: no data {n}" for n in range(3)],
        "… and 2 more tasks without data",
    ]
    tell_unready(TaskSelection(tuple(lost[:3]), ()))
    assert "more" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "advice"),
    [("c", "run the same command again to continue"), ("", "the causes are listed above")],
)
def test_an_incomplete_run_tells_what_its_groups_lack_and_what_to_do(
    content: str, advice: str, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = TaskResult("wren", "a", "accuracy", "gen", "v", "c", "scored", value=0.5, error=0.1, items=4)
    lacking = TaskResult("wren", "b", "accuracy", "gen", "v", content, "failed" if content else "missing")
    tell(summarize([whole, lacking], [TaskGroup("both", ("a", "b"))]), Path("out"))
    said = capsys.readouterr().err
    assert said.startswith("Summary in out.\n")
    assert any(line.startswith("both: ") and "b" in line for line in said.splitlines())
    assert said.splitlines()[-1].startswith("evenhand: not every task ") and said.rstrip().endswith(advice)
    tell(summarize([whole], [TaskGroup("both", ("a",))]), Path("out"))
    assert capsys.readouterr().err == "Summary in out.\n"


def test_samples_are_written_as_a_page_and_as_lm_eval_logs_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with closing(open_store(tmp_path / "evenhand.db")) as database:
        run_id = run_model(database, "wren", always_a)
        run = Evaluation("wren", "revision of wren", selected(), EvaluationSettings())
        with database.reading() as session:
            summary = summary_of([score for _, score in scores_of(session, [run_id])], {run_id: "wren"}, ())
        log_samples(database, {run_id: run}, summary, tmp_path)
    page = (tmp_path / "samples.html").read_text(encoding="utf-8")
    assert "wren" in page and "letters question 3?" in page and "likely question 2?" in page
    assert "<img src=//evil" not in page
    logs = sorted(path.name for path in tmp_path.rglob("*.jsonl"))
    assert len(logs) == 2 and "letters" in logs[0] and "likely" in logs[1]
    assert f"Samples in {tmp_path / 'samples.html'}" in capsys.readouterr().err
