"""Whatever a reply holds, reading it gives a verdict or a failure with a cause, and the reply is stored.

`EVENHAND_POISON=100000` tries that many mutated replies instead of a thousand, in a few minutes: they are drawn from
their number alone, because Hypothesis, which finds the smallest reply, takes an hour to draw so many.
"""

import math
import os
import random
import sys
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from judging.chat.model import Reply
from judging.recipes.catalog import RECIPES
from judging.reparse import reparse
from judging.run.items import all_pairs, make_items, single_responses
from judging.run.judge import Judge, JudgeItem, VerdictRules
from judging.run.judgment_rows import read_reply
from judging.verdicts.parsing import parse_reply
from judging.verdicts.reading import read_safely
from judging.verdicts.verdict import OutputForm, Verdict, VerdictCause
from storage.database.columns import table_of
from storage.database.engine import Database, open_database
from storage.database.ledger_tables import JudgeCall
from storage.judges.judgeable import Scope, judgeable
from tests.judging.judged_store import ScriptedJudge, fill, prompts, run, ticking
from tests.judging.verdicts.test_kinds import FAILURES, READ

EXAMPLES = int(os.environ.get("EVENHAND_POISON", "1000"))
pytestmark = pytest.mark.timeout(180 if EXAMPLES <= 1_000 else 0)
FORMS = (
    OutputForm("three-way"),
    OutputForm("five-level"),
    OutputForm("score"),
    OutputForm("score", low=-5.0, high=0.5),
    OutputForm("scores"),
    OutputForm("scores", names=("1", "2")),
    OutputForm("scores", names=("清晰度", "综合得分")),
)
POISON = (
    "Scores: {[1]: 2}",
    '{"clarity": ' + "9" * 400 + "}",
    '{"clarity": 1e999}',
    '{"clarity": NaN, "overall": Infinity}',
    '{"a\x00b": 7}',
    '{"\ud800": 7}',
    "{" + '"a":{' * 60,
    "[[" + "9" * 5000 + "]]",
    "[[nan]]",
    "[[inf]]",
    "[[A\u2028]]",
    "[[\x00A]]",
    "[[A]]\x00",
    "\ud83d[[A]]",
    "{'a': " + "(" * 300,
    '{"x": "' + "\\" * 301 + '"}',
    '{"score": {"score": {"score": 7}}}',
    "&#" + "9" * 6000 + ";[[A]]",
    "[[&#" + "9" * 50 + ";]]",
    "{(1, 2): 3}",
    "{1: 2, 1: 3}",
    '{"overall": 7, "综合得分": 8}',
    "<|channel|><|channel|>final[[A]]",
    "</think><think></think>",
    "7 nan",
    "inf 8",
    "9" * 5000,
    "Rating: [[" + "9" * 400 + "]]",
    "'综合得分': " + "9" * 400,
)
SEEDS = (
    *POISON,
    *(reply for rows in FAILURES.values() for _, reply in rows),
    *(r for rows in READ.values() for r, _ in rows),
)
FRAGMENTS = (
    "[[", "]]", "[", "]", "{", "}", '"', "'", "\\", "\n", "\r", "\x00", "\ud800", "\udfff", "\u2028", "\u200b",
    "：", "，", "｛", "｝", "【", "】", "“", "”", "<think>", "</think>", "<|channel|>", "final", "&#91;", "&amp;", "**",
    "7", "１", "²", "½", "1e400", "-", "+", ".", ",", "/", "A", "B>A", "not ", "if ", "如果", "不是", "İ", "ﬃ", "🙂",
    "\U0010ffff", " " * 50,
)  # fmt: skip


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A known reply with pieces cut out, doubled, moved or replaced."""
    reply = draw(st.sampled_from(SEEDS))
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, len(reply)))
        end = min(len(reply), start + draw(st.integers(0, 12)))
        piece = draw(
            st.one_of(
                st.sampled_from(FRAGMENTS),
                st.text(max_size=4),
                st.just(reply[start:end] * 2),
                st.sampled_from(SEEDS).map(lambda other: other[:40]),
            )
        )
        reply = reply[:start] + piece + reply[end:]
    return reply


def check(verdict: Verdict, form: OutputForm, *, is_published: bool = False) -> None:
    """A verdict has numbers that can be stored, or a cause."""
    told = [*([] if verdict.value is None else [verdict.value]), *verdict.values.values()]
    assert bool(told) == verdict.is_parsed
    assert all(math.isfinite(value) for value in told)
    low, high = (0.0, 1.0) if form.is_pairwise else (form.low, form.high)
    assert is_published or all(low <= value <= high for value in told)


def mutated_by(number: int) -> str:
    """The reply of a number: as `mutated` makes them, but any characters."""
    rng = random.Random(number)
    reply = rng.choice(SEEDS)
    for _ in range(rng.randint(1, 6)):
        start = rng.randint(0, len(reply))
        end = min(len(reply), start + rng.randint(0, 12))
        pieces = (
            rng.choice(FRAGMENTS),
            "".join(chr(rng.randint(0, rng.choice((127, 0xFFFF, sys.maxunicode)))) for _ in range(rng.randint(0, 4))),
            reply[start:end] * 2,
            rng.choice(SEEDS)[:40],
        )
        reply = reply[:start] + rng.choice(pieces) + reply[end:]
    return reply


def test_no_rule_raises_for_any_of_many_mutated_replies() -> None:
    read = [VerdictRules("r", read=lambda one, _, recipe=recipe: recipe.parse(one.text)) for recipe in RECIPES.values()]  # type: ignore[misc]
    judges = [Judge("j", prompts("pair-3"), "s", rules=rules) for rules in read]
    for number in range(EXAMPLES):
        reply = mutated_by(number)
        try:
            for form in FORMS:
                check(parse_reply(reply, form), form)
            for judge, recipe in zip(judges, RECIPES.values(), strict=True):
                check(read_reply(judge, Reply(reply, "stop"), recipe.form), recipe.form, is_published=True)
        except Exception as error:
            raise AssertionError(f"reply {number}: {reply!r}") from error


@settings(max_examples=100, suppress_health_check=list(HealthCheck))
@given(reply=mutated())
def test_the_strict_parser_raises_for_no_text(reply: str) -> None:
    for form in FORMS:
        check(parse_reply(reply, form), form)


@settings(max_examples=30, suppress_health_check=list(HealthCheck))
@given(reply=mutated())
def test_no_published_rule_stops_a_run(reply: str) -> None:
    for recipe in RECIPES.values():
        read = read_safely(lambda recipe=recipe: recipe.parse(reply), recipe.form)  # type: ignore[misc]
        check(read, recipe.form, is_published=True)


@pytest.mark.parametrize("reply", POISON)
def test_every_poison_reply_is_read_by_every_rule(reply: str) -> None:
    for form in FORMS:
        check(parse_reply(reply, form), form)
    for recipe in RECIPES.values():
        judge = Judge("j", prompts("pair-3"), "s", rules=VerdictRules("r", read=lambda one, _: recipe.parse(one.text)))  # noqa: B023
        check(read_reply(judge, Reply(reply, "stop"), recipe.form), recipe.form, is_published=True)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = open_database(database_url)
    fill(database, questions=len(POISON), models=("m1", "m2"))
    yield database
    database.close()


def single_items(database: Database) -> list[JudgeItem]:
    with database.reading() as session:
        return make_items(single_responses(judgeable(session, Scope(models=["m1"]))))


def told(database: Database, statement: str) -> list[tuple[object, ...]]:
    with database.reading() as session:
        return [tuple(row) for row in session.connection().execute(text(statement))]


@pytest.mark.parametrize("prompt", ["dimensions", "single-10"])
def test_a_poison_reply_is_stored_and_never_paid_again(database: Database, prompt: str) -> None:
    items = single_items(database)
    replies = iter(POISON)
    says = ScriptedJudge(lambda _: next(replies))
    judge = Judge("j", prompts(prompt), "s", name="house")
    _, tally = run(database, judge, items, says)
    assert tally.ended == len(POISON) == len(says.asked)
    assert told(database, "SELECT COUNT(*) FROM judge_call WHERE reply IS NOT NULL") == [(len(POISON),)]
    run(database, judge, items, says)
    assert len(says.asked) == len(POISON)
    done = reparse(database, "house", clock=ticking())
    assert (done.replies, done.changed, done.mended) == (len(POISON), 0, 0)


def test_a_rule_that_raises_loses_no_reply(database: Database) -> None:
    def broken(_reply: Reply, _form: OutputForm) -> Verdict:
        raise ZeroDivisionError("by a rule")

    items = single_items(database)[:2]
    says = ScriptedJudge(lambda _: "[[7]]")
    judge = Judge("j", prompts("single-10"), "s", rules=VerdictRules("broken", read=broken), name="house")
    run(database, judge, items, says)
    assert told(database, "SELECT DISTINCT state, cause FROM satisfaction") == [("failed", "unreadable")]
    with database.reading() as session:
        kept = session.execute(select(table_of(JudgeCall).c.verdict)).scalars().all()
    assert [noted["error"] for noted in kept] == ["ZeroDivisionError: by a rule"] * 2
    assert reparse(database, "house", clock=ticking()).mended == 2


@pytest.mark.parametrize(
    "noted",
    [
        '{"form": "no form", "finish": 7}',
        '{"names": 5}',
        '{"tokens": [1, 2], "values": {"a": "x"}}',
        "{}",
        "[]",
        "null",
    ],
)
def test_a_stored_reply_whose_notes_are_broken_is_still_read(database: Database, noted: str) -> None:
    items = single_items(database)[:2]
    judge = Judge("j", prompts("single-10"), "s", name="house")
    says = ScriptedJudge(lambda _: "seven")
    run(database, judge, items, says)
    with database.writing() as session:
        session.connection().execute(text("UPDATE judge_call SET verdict = :noted"), {"noted": noted})
    assert reparse(database, "house", clock=ticking()).replies == 2
    run(database, judge, items, says, again=False)
    assert len(says.asked) == 2


def test_a_reply_whose_form_is_lost_is_no_score_even_if_another_form_fits(database: Database) -> None:
    items = single_items(database)[:2]
    says = ScriptedJudge(lambda _: "[[A]]")
    run(database, Judge("j", prompts("single-10"), "s", name="house"), items, says)
    with database.writing() as session:
        session.connection().execute(text("""UPDATE judge_call SET verdict = '{"form": "no form"}'"""))
    done = reparse(database, "house", clock=ticking())
    assert (done.mended, dict(done.causes)) == (0, {"unreadable": 2})
    assert told(database, "SELECT DISTINCT state FROM satisfaction") == [("failed",)]


def test_pairs_with_poison_in_one_order_fail_and_the_run_goes_on(database: Database) -> None:
    with database.reading() as session:
        items = make_items(all_pairs(judgeable(session, Scope())))
    replies = iter([*POISON, *POISON])
    says = ScriptedJudge(lambda _: next(replies))
    _, tally = run(database, Judge("j", prompts("pair-3"), "s", name="house"), items, says)
    assert tally.ended == len(POISON)
    assert len(says.asked) == 2 * len(POISON)


@pytest.mark.parametrize(
    ("verdict", "cause"),
    [
        (Verdict(values={"x" * 201: 1.0}), VerdictCause.wrong_schema),
        (Verdict(values={"\x00": 1.0}), VerdictCause.wrong_schema),
        (Verdict(values={f"n{number}": 1.0 for number in range(101)}), VerdictCause.wrong_schema),
        (Verdict(values={"overall": float("inf")}), VerdictCause.out_of_range),
    ],
    ids=["long name", "name that no database holds", "too many", "infinite"],
)
def test_a_verdict_that_cannot_be_stored_is_a_failure(verdict: Verdict, cause: VerdictCause) -> None:
    found = read_safely(lambda: verdict, OutputForm("scores"))
    assert (found.is_parsed, found.cause) == (False, cause)
