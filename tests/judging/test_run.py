"""A judge run stores every reply and every judgment once, and requests nothing it has."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from judging.chat.batch import BatchLimits, Price
from judging.chat.model import ChatRequest, Reply, RequestCause, RequestError
from judging.run.items import (
    all_pairs,
    draw_sample,
    filter_pairs,
    make_items,
    pairs_with_baseline,
    response_groups,
    single_responses,
)
from judging.run.judge import Judge, JudgeItem, VerdictRules
from judging.run.judge_run import make_plan
from storage.database.engine import Database, open_database
from storage.errors import BadInput, Conflict
from storage.judges.judgeable import Scope, judgeable
from storage.judges.reply_lengths import last_dialect
from storage.ledger.battle_reading import Selection, read_battles
from storage.ledger.chain import broken_batches
from storage.values import RaterKind
from tests.judging.judged_store import ScriptedJudge, answers, fill, prompts, run


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = open_database(database_url)
    yield database
    database.close()


def pair_judge(**changes: object) -> Judge:
    return Judge(**{"model": "j", "prompts": prompts("pair-3"), "salt": "s", **changes})  # type: ignore[arg-type]


def pair_items(database: Database) -> list[JudgeItem]:
    with database.reading() as session:
        return make_items(all_pairs(judgeable(session, Scope())))


def rows(database: Database, statement: str) -> list[tuple[object, ...]]:
    with database.reading() as session:
        return [tuple(row) for row in session.connection().execute(text(statement))]


def first_letter(prompt: str) -> str:
    """Prefers the response whose text comes first in the alphabet, in whichever place it stands."""
    one, two = answers(prompt)
    return "So.\n[[A]]" if one < two else "So.\n[[B]]"


def test_both_orders_become_one_judgment_with_its_two_calls(database: Database) -> None:
    fill(database)
    model = ScriptedJudge(first_letter)
    plan, tally = run(database, pair_judge(), pair_items(database), model)
    assert (plan.requests, len(model.asked), tally.outcomes) == (24, 24, {"scored": 12})
    judged = rows(database, "SELECT position, score, winner, state FROM judgement ORDER BY position")
    assert {row[1:] for row in judged} == {(1.0, "model_a", "scored")}, "m1 before m2 before m3, in both orders"
    calls = rows(
        database, "SELECT judgement, COUNT(*), SUM(CASE WHEN swapped THEN 1 ELSE 0 END) FROM judge_call GROUP BY 1"
    )
    assert sorted(calls) == [(position, 2, 1) for position, *_ in judged]
    with database.reading() as session:
        assert list(broken_batches(session)) == []
        assert len(read_battles(session, Selection(kind=RaterKind.judge))) == 12


def test_a_judge_that_prefers_the_first_response_is_inconsistent_never_a_tie(database: Database) -> None:
    fill(database)
    _, tally = run(database, pair_judge(), pair_items(database), ScriptedJudge(lambda _: "[[A]]"))
    assert tally.outcomes == {"inconsistent": 12}
    assert rows(database, "SELECT COUNT(*) FROM judgement WHERE score IS NOT NULL OR winner IS NOT NULL") == [(0,)]


def test_a_win_and_a_tie_are_averaged_and_a_single_order_counts_alone(database: Database) -> None:
    fill(database, questions=1, models=("m1", "m2"))
    items = pair_items(database)
    model = ScriptedJudge(lambda prompt: "[[A]]" if answers(prompt)[0].endswith("m1") else "[[C]]")
    run(database, pair_judge(), items, model)
    run(database, pair_judge(orders="given", name="given"), items, model)
    assert rows(database, "SELECT score, winner FROM judgement ORDER BY position") == [(0.75, None), (1.0, "model_a")]


def test_judged_items_are_not_requested_again_and_failed_items_are(database: Database) -> None:
    fill(database)
    down = ScriptedJudge(lambda prompt: RequestCause.server_error if "question 1 " in prompt else first_letter(prompt))
    _, tally = run(database, pair_judge(), pair_items(database), down)
    assert tally.outcomes == {"scored": 9, "failed": 3} and tally.causes == {"server_error": 3}
    assert rows(database, "SELECT DISTINCT score, cause FROM judgement WHERE state = 'failed'") == [
        (None, "server_error")
    ]
    up = ScriptedJudge(first_letter)
    _, tally = run(database, pair_judge(), pair_items(database), up)
    assert len(up.asked) == 6 and tally.outcomes == {"scored": 3}
    _, tally = run(database, pair_judge(), pair_items(database), up)
    assert len(up.asked) == 6 and tally.ended == 0
    with database.reading() as session:
        battles = read_battles(session, Selection(kind=RaterKind.judge))
        assert list(broken_batches(session)) == []
    assert len(battles) == 12
    assert battles.counts.get("failed", 0) == 0, "a failure that was judged again is void"
    assert battles.counts["void"] == 3


def test_a_reply_without_a_verdict_is_kept_and_requested_again_only_on_demand(database: Database) -> None:
    fill(database, questions=1, models=("m1", "m2"))
    mumbling = ScriptedJudge(lambda _: "hard to say")
    _, tally = run(database, pair_judge(), pair_items(database), mumbling)
    assert tally.causes == {"no_marker": 1}
    assert rows(database, "SELECT reply, cause FROM judge_call") == [("hard to say", "no_marker")] * 2
    _, tally = run(database, pair_judge(), pair_items(database), mumbling)
    assert len(mumbling.asked) == 2 and tally.causes == {"no_marker": 1} and tally.failed_as_before == 1
    assert rows(database, "SELECT COUNT(*) FROM judgement") == [(1,)], "the same failure is not stored twice"
    assert rows(database, "SELECT COUNT(*) FROM judge_call") == [(2,)], "nor are its replies"
    run(database, pair_judge(), pair_items(database), ScriptedJudge(first_letter), again=True)
    assert rows(database, "SELECT state FROM judgement ORDER BY position") == [("failed",), ("scored",)]


class Pondering:
    """Answers with nothing but reasoning, at an endpoint that takes no `top_p`."""

    async def ask(self, request: ChatRequest) -> Reply:
        return Reply("", "stop", reasoning="Let me see.", dialect={"left_out": ["top_p"]})


def test_a_stored_reply_keeps_its_reasoning_and_dialect_where_it_counts_again(database: Database) -> None:
    fill(database, questions=1, models=("m1", "m2"))
    _, tally = run(database, pair_judge(), pair_items(database), Pondering())
    assert tally.causes == {"reasoning_only": 1}
    _, tally = run(database, pair_judge(name="another"), pair_items(database), ScriptedJudge(first_letter))
    kept = "SELECT COUNT(*) FROM judge_call WHERE CAST(verdict AS TEXT) LIKE '%top_p%'"
    assert rows(database, kept) == [(4,)]
    assert (tally.causes, tally.reused) == ({"reasoning_only": 1}, 2)
    with database.reading() as session:
        assert last_dialect(session, "j") == {"left_out": ["top_p"]}


def test_a_killed_run_resumes_where_it_stopped(database: Database) -> None:
    fill(database, questions=20)
    dying = ScriptedJudge(first_letter, die_after=45)
    with pytest.raises(RuntimeError, match="died"):
        run(database, pair_judge(), pair_items(database), dying, limits=BatchLimits(concurrency=(3, 3)))
    stored = rows(database, "SELECT COUNT(*) FROM judge_call")[0][0]
    again = ScriptedJudge(first_letter)
    run(database, pair_judge(), pair_items(database), again)
    assert len(again.asked) == 120 - int(str(stored))
    assert int(str(stored)) >= 45 - 3, "all were stored that were not under way"
    assert rows(database, "SELECT COUNT(*) FROM judgement WHERE state = 'scored'") == [(60,)]
    assert rows(database, "SELECT COUNT(DISTINCT request_digest), COUNT(*) FROM judge_call") == [(120, 120)]
    assert rows(database, "SELECT COUNT(*) FROM judge_call WHERE judgement IS NULL") == [(0,)]


def test_equal_requests_are_sent_once_for_all_items(database: Database) -> None:
    fill(database, questions=1, models=("m1", "m2", "m3"), text=lambda _, model: "b" if model == "m3" else "a")
    model = ScriptedJudge(first_letter)
    plan, tally = run(database, pair_judge(), pair_items(database), model)
    assert plan.requests == len(model.asked) == 2, "m1 against m3 is the same text as m2 against m3"
    assert tally.outcomes == {"scored": 2, "failed": 1} and tally.causes == {"identical": 1}
    assert tally.reused == 2
    assert rows(database, "SELECT COUNT(*) FROM judge_call WHERE cost IS NOT NULL") == [(4,)]


def test_identical_responses_get_what_the_rules_give_them(database: Database) -> None:
    fill(database, questions=1, models=("m1", "m2"), text=lambda *_: "same")
    run(
        database,
        pair_judge(rules=VerdictRules("given", identical=0.5)),
        pair_items(database),
        ScriptedJudge(first_letter),
    )
    assert rows(database, "SELECT score, winner FROM judgement") == [(0.5, "tie")]


def test_the_budget_stops_a_run_that_can_resume_later(database: Database) -> None:
    fill(database, questions=20)
    price = Price(prompt=1000.0, completion=1000.0)  # a reply costs (100 + 10) * 1000 / 1e6 = 0.11
    model = ScriptedJudge(first_letter)
    judge = pair_judge()
    plan, tally = run(
        database, judge, pair_items(database), model, limits=BatchLimits(concurrency=(4, 4), budget=10.0), price=price
    )
    spent = rows(database, "SELECT SUM(cost) FROM judge_call")[0][0]
    assert 0 < len(model.asked) < 120
    assert float(str(spent)) == pytest.approx(0.11 * len(model.asked)) and float(str(spent)) <= 10.0
    assert plan.max_cost > 120 * 2.048, "every reply may be as long as it is allowed to be"
    before = len(model.asked)
    run(database, judge, pair_items(database), model)
    assert len(model.asked) == 120 and before + tally.reused <= 120


def test_a_first_request_that_fails_for_all_stops_the_run(database: Database) -> None:
    fill(database, questions=20)
    model = ScriptedJudge(lambda _: RequestCause.unauthorised)
    with pytest.raises(RequestError, match="unauthorised"):
        run(database, pair_judge(), pair_items(database), model)
    assert len(model.asked) == 1
    assert rows(database, "SELECT COUNT(*) FROM judge_call") == [(0,)]


def test_single_scores_keep_their_scale_and_failures_their_cause(database: Database) -> None:
    fill(database, questions=2)
    with database.reading() as session:
        items = make_items(single_responses(judgeable(session, Scope())))
    judge = Judge("j", prompts("single-10"), "s")
    model = ScriptedJudge(lambda prompt: "[[7.5]]" if "of m1" in prompt else "[[70]]")
    _, tally = run(database, judge, items, model)
    assert tally.outcomes == {"scored": 2, "failed": 4} and tally.causes == {"out_of_range": 4}
    found = rows(
        database, "SELECT dimension, state, score, scale_low, scale_high, cause FROM satisfaction ORDER BY position"
    )
    assert set(found) == {
        ("overall", "scored", 7.5, 1.0, 10.0, None),
        ("overall", "failed", None, 1.0, 10.0, "out_of_range"),
    }


def test_dimensions_follow_the_category_and_become_a_row_each(database: Database) -> None:
    fill(database, questions=1, models=("m1",))
    with database.reading() as session:
        items = make_items(single_responses(judgeable(session, Scope())))
    names = ["correctness", "completeness", "need met", "clarity", "overall"]
    said = "{" + ", ".join(f'"{name}": {number + 4}' for number, name in enumerate(names)) + "}"
    run(database, Judge("j", prompts("dimensions"), "s"), items, ScriptedJudge(lambda _: f"Well.\n{said}"))
    found = rows(database, "SELECT dimension, score FROM satisfaction ORDER BY position")
    assert found == [(name, float(number + 4)) for number, name in enumerate(names)]


def test_several_responses_become_a_row_for_each_pair(database: Database) -> None:
    fill(database, questions=1)
    with database.reading() as session:
        items = make_items(response_groups(judgeable(session, Scope())))

    def by_model(prompt: str) -> str:
        marks = {"m1": 9, "m2": 5, "m3": 5}
        order = [line[-2:] for line in prompt.splitlines() if line.startswith("answer 0 of")]
        return "{" + ", ".join(f'"{place}": {marks[name]}' for place, name in enumerate(order, 1)) + "}"

    model = ScriptedJudge(by_model)
    run(database, Judge("j", prompts("several-10"), "s"), items, model)
    assert len(model.asked) == 2, "both orders"
    assert rows(database, "SELECT form, score FROM judgement ORDER BY position") == [
        ("scores", 1.0), ("scores", 1.0), ("scores", 0.5)
    ]  # fmt: skip
    run(database, Judge("j", prompts("several-10"), "s"), items, model)
    assert len(model.asked) == 2


def test_each_question_gets_the_prompt_that_fits_it(database: Database) -> None:
    fill(database, questions=1, models=("m1", "m2"), language="zh", turns=2)
    judge = pair_judge(prompts=prompts("pair-3", "pair-3-zh", "pair-3-turns"))
    model = ScriptedJudge(lambda prompt: "[[A]]" if "User: question 0 turn 1" in prompt else "?")
    run(database, judge, pair_items(database), model)
    assert rows(database, "SELECT DISTINCT cause FROM judge_call") == [(None,)]
    items = [JudgeItem(item.question, item.models, item.responses, turn=1) for item in pair_items(database)]
    first_turn = ScriptedJudge(lambda prompt: "[[C]]" if "问题" in prompt or "回答" in prompt else "?")
    run(database, judge, items, first_turn)
    assert rows(database, "SELECT turn, winner FROM judgement WHERE turn IS NOT NULL") == [(1, "tie")]


def test_a_question_that_no_prompt_fits_is_refused_before_any_request(database: Database) -> None:
    fill(database)
    model = ScriptedJudge(first_letter)
    with pytest.raises(BadInput, match=r"reference for the question 'question 0.*11 more"):
        run(database, pair_judge(prompts=prompts("pair-3-reference")), pair_items(database), model)
    assert model.asked == [] and rows(database, "SELECT COUNT(*) FROM rater") == [(0,)]


def test_a_name_belongs_to_one_judge(database: Database) -> None:
    fill(database)
    run(database, pair_judge(name="house"), pair_items(database), ScriptedJudge(first_letter))
    with pytest.raises(Conflict, match="house"):
        make_plan(database, pair_judge(name="house", orders="given"), pair_items(database), price=Price())
    same = make_plan(database, pair_judge(name="house", salt="another"), pair_items(database), price=Price())
    assert same.judged_before == 12 and same.judge.salt == "s"


def test_the_chosen_pairs_are_those_that_were_requested(database: Database) -> None:
    fill(database)
    with database.reading() as session:
        responses = judgeable(session, Scope())
        only = judgeable(session, Scope(models=["m1", "m2"], category="code"))
    pairs = all_pairs(responses)
    assert len(responses) == 12 and len(pairs) == 12 and len(all_pairs(only)) == 2
    base = responses[0].model
    assert [(one.model != base, two.model == base) for one, two in pairs_with_baseline(responses, base)] == [
        (True, True)
    ] * 8
    question, one, two = pairs[0][0].question, pairs[0][0].model, pairs[0][1].model
    assert filter_pairs(pairs, [(question, two, one)]) == pairs[:1]
    assert len(draw_sample(pairs, 5, 1)) == 5 and draw_sample(pairs, 5, 1) == draw_sample(pairs, 5, 1) != draw_sample(
        pairs, 5, 2
    )
    with pytest.raises(BadInput):
        draw_sample(pairs, 0, 1)
    assert [item.sample for item in make_items(pairs[:1], samples=3)] == [0, 1, 2]
