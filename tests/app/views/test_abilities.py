"""Scores by ability: means over tasks of the catalogue, where a missing task is counted and never a zero."""

import pytest

from app.views.abilities.bars import ability_figure
from app.views.abilities.scores import ability_scores, ability_text, has_means
from arena.leaderboard.two_worlds import ObjectiveScore


def test_abilities_are_means_over_their_tasks_and_a_missing_task_is_counted() -> None:
    scores = {
        "evenhand-mini-reasoning": {"a": ObjectiveScore(0.5, 0.3), "b": ObjectiveScore(0.25)},
        "gsm8k": {"a": ObjectiveScore(1.0, 0.4)},
        "own-file": {"a": ObjectiveScore(0.0)},
        "evenhand-mini-code": {"b": ObjectiveScore(0.0, 0.1)},
    }
    found = {(one.ability, one.model): one for one in ability_scores(scores)}
    assert found.keys() == {("reasoning", "a"), ("reasoning", "b"), ("code", "b")}
    first, second = found["reasoning", "a"], found["reasoning", "b"]
    assert (first.value, first.tasks, first.lacking) == (0.75, 2, 0) and first.error == pytest.approx(0.25)
    assert (second.value, second.error, second.tasks, second.lacking) == (0.25, None, 1, 1)
    assert "1 more were not asked" in ability_text(second, "en") and "未做" in ability_text(second, "zh")
    figure = ability_figure(list(found.values()), "en")
    assert [bar.name for bar in figure.data] == ["a", "b"] and figure.layout.showlegend
    assert list(figure.data[1].x) == [25.0, 0.0] and list(figure.data[0].y) == ["Reasoning"]
    assert has_means([first]) and has_means([second]) and not has_means([found["code", "b"]])
    assert not ability_scores({"own-file": {"a": ObjectiveScore(1.0)}})
