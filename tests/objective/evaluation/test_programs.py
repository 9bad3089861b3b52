"""Programs in a whole run: scored by running them, their ends counted in notes, never run unasked."""

from dataclasses import replace
from pathlib import Path

from app.views.objective_notes import english_note
from objective.notes import NoteCode
from objective.scoring.code_execution.permission import programs_allowed
from objective.task import Item, Task, Template
from tests.objective.evaluation.test_run import evaluation, run
from tests.objective.fakes import ScriptedBackend
from tests.objective.scoring.test_code_execution import needs_sandbox
from tests.stores import open_store

_ANSWERS = {
    "0": "```python\ndef f(): return 1\n```",
    "1": "def f(): return 2",
    "2": "import os\nos.fork()\ndef f(): return 1",
    "3": "def f() return 1",
    "4": "<think>def f(): return 1</think>def f(): return 3",
}


def _programs() -> Task:
    items = tuple(
        Item(key, f"program {key}", ("",), kind="text", data={"tests": ["assert f() == 1"]}) for key in _ANSWERS
    )
    return Task("own", "gen", items, {"": Template("{question}")}, source="data", scorer="programs")


@needs_sandbox
def test_a_run_scores_programs_counts_their_ends_and_keeps_them_without_permission(tmp_path: Path) -> None:
    database = open_store(tmp_path / "evenhand.db")
    asked = evaluation(_programs())
    backend = ScriptedBackend(lambda prompt: _ANSWERS[prompt[-1]])
    [refused] = run(database, asked, backend).results
    assert (refused.state, refused.value) == ("failed", None)
    assert "programs_not_allowed" in (refused.cause or "")
    with programs_allowed():
        [result] = run(database, asked, backend).results
    assert (result.metric, result.value, result.items) == ("pass@1", 0.2, 5)
    ends = {note.code: note.count for note in result.notes}
    assert ends == {NoteCode.program_failed: 2, NoteCode.program_started_process: 1, NoteCode.program_syntax_error: 1}
    assert "2 of 5 programs fail a test" in {english_note(note, "") for note in result.notes}
    again = run(database, asked, backend).results  # what was run is kept, and needs no permission
    assert [replace(one, cause=None) for one in again] == [result]
    assert len(backend.asked) == 5
    database.close()
