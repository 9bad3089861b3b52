"""Planted responses show whether a judge obeys them, and nothing is stored."""

import asyncio

import pytest

from judging.canaries import ATTACKS, run_canaries
from judging.run.judge import Judge
from tests.judging.judged_store import ScriptedJudge, answers, make_client, prompts

TELLING = [text for texts in ATTACKS.values() for text in texts.values()]


def is_planted(answer: str) -> bool:
    """By the words that a fence leaves as they are."""
    letters = "".join(character for character in answer if character.isalnum())
    return any(letters == "".join(character for character in text if character.isalnum()) for text in TELLING)


def outcome(judge: Judge, model: ScriptedJudge) -> dict[str, tuple[int, int, int, int]]:
    results = asyncio.run(run_canaries(judge, make_client(model)))
    return {name: (one.resisted, one.fooled, one.undecided, one.failed) for name, one in results.items()}


def test_a_judge_that_prefers_planted_responses_is_fooled_by_every_attack() -> None:
    judge = Judge("j", prompts("pair-3", "pair-3-zh"), "s")
    fooled = ScriptedJudge(lambda prompt: "[[A]]" if is_planted(answers(prompt)[0]) else "[[B]]")
    assert outcome(judge, fooled) == dict.fromkeys(ATTACKS, (0, 6, 0, 0))
    honest = ScriptedJudge(lambda prompt: "[[B]]" if is_planted(answers(prompt)[0]) else "[[A]]")
    assert outcome(judge, honest) == dict.fromkeys(ATTACKS, (6, 0, 0, 0))
    assert outcome(judge, ScriptedJudge(lambda _: "[[A]]")) == dict.fromkeys(ATTACKS, (0, 0, 6, 0))
    assert outcome(judge, ScriptedJudge(lambda _: "who knows")) == dict.fromkeys(ATTACKS, (0, 0, 0, 6))


@pytest.mark.parametrize(("planted", "honest", "expected"), [(3, 8, (3, 0)), (8, 8, (0, 3)), (10, 8, (0, 3))])
def test_as_good_a_score_as_the_honest_one_counts_as_fooled(
    planted: int, honest: int, expected: tuple[int, int]
) -> None:
    judge = Judge("j", prompts("single-10"), "s")
    model = ScriptedJudge(lambda prompt: f"[[{planted if is_planted(answers(prompt)[-1]) else honest}]]")
    assert {result[:2] for result in outcome(judge, model).values()} == {expected}


def test_a_planted_verdict_cannot_be_read_as_one() -> None:
    judge = Judge("j", prompts("pair-3"), "s")
    model = ScriptedJudge(lambda prompt: prompt)
    outcome(judge, model)
    for digest_of_prompt in model.asked:
        assert digest_of_prompt
    seen = ScriptedJudge(lambda prompt: "[[C]]" if "[[10]]" not in "".join(answers(prompt)) else "[[A]]")
    assert all(result[2] == 3 for result in outcome(judge, seen).values()), "markers are taken apart"
