"""`evenhand agreement --objective`: ratings beside objective scores."""

from app.commands.options.store import StoreOptions
from tests.app.commands.conftest import Console
from tests.app.objective_scores import store_scores

SCORES = {
    "Kestrel-32B": {"maths": (0.8, 0.02), "code": (0.6, 0.02)},
    "Plover-14B": {"maths": (0.9, 0.02), "code": (0.7, 0.02)},
    "Dunnock-7B": {"maths": (0.5, 0.02)},
}


def test_ratings_and_scores_are_set_beside_each_other(example: Console) -> None:
    with StoreOptions().opened() as database:
        store_scores(database, SCORES)
    told = example("agreement --objective human")
    assert told.code == 0
    assert "Only rated, not evaluated on tasks: Siskin-1B." in told.out
    assert "Tasks left out of the mean" in told.out
    assert "1 of 3 pairs of models stand in opposite order; in 1 of them" in told.out
    assert "Kestrel-32B is preferred to Plover-14B by" in told.out
    found = example("agreement --objective judge --json").json
    assert found["by"] == "judge"
    assert found["tasks"] == ["maths"]
    assert found["overall"]["kendall"]["lower"] is None


def test_a_store_without_common_models_says_what_to_do(example: Console) -> None:
    told = example("agreement --objective human")
    assert told.code == 0
    assert "No model has both a rating and objective scores" in told.out
    assert "evenhand evaluate --name" in told.out


def test_two_questions_at_once_are_refused(example: Console) -> None:
    told = example("agreement --objective human --drift-at 2026-01-01")
    assert told.code == 2
    assert "leave one in" in told.err
