"""A comparison takes the newest run with common tasks, and names the models that it could be with."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from objective.evaluation.run import common_scores, find_run
from storage.database.engine import Database
from storage.errors import BadInput, NotFound
from tests.objective.evaluation.test_run import evaluation, right, run, task
from tests.objective.fakes import ScriptedBackend
from tests.stores import open_store


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_store(tmp_path / "evenhand.db")
    yield opened
    opened.close()


def test_an_older_run_with_common_tasks_is_compared_and_models_that_were_asked_alike_are_named(
    database: Database,
) -> None:
    for model, names in (("m", "a"), ("other", "a"), ("other", "b"), ("third", "c")):
        run(database, evaluation(task(names), model=model), ScriptedBackend(right))
    own = find_run(database, evaluation(task("a"), model="m"))
    mine, theirs = common_scores(database, own, "other")
    assert mine == theirs == dict.fromkeys([f"a/{number}" for number in range(4)], 1.0)
    with pytest.raises(BadInput, match=r"'third' was asked in the same way, got none; .* a model that was: 'other'"):
        common_scores(database, own, "third")
    with pytest.raises(NotFound, match="the models with runs are 'm', 'other', 'third'"):
        common_scores(database, own, "nobody")
