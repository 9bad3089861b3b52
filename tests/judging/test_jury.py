"""A jury has a judgment only if more than half of its members have one."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from judging.jury import run_jury
from judging.run.items import all_pairs, make_items, single_responses
from judging.run.judge import Judge
from storage.database.engine import Database, open_database
from storage.errors import BadInput, NotFound
from storage.judges.judgeable import Scope, judgeable
from storage.ledger.chain import broken_batches
from tests.judging.judged_store import NOW, ScriptedJudge, answers, fill, prompts, run


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = open_database(database_url)
    fill(database, questions=1, models=("m1", "m2"))
    yield database
    database.close()


def member(database: Database, name: str, verdict: str) -> None:
    """A judge that prefers m1 or m2, ties, always takes the first, or mumbles."""

    def says(prompt: str) -> str:
        if verdict in ("m1", "m2"):
            return "[[A]]" if answers(prompt)[0].endswith(verdict) else "[[B]]"
        return {"tie": "[[C]]", "first": "[[A]]", "mumble": "well"}[verdict]

    with database.reading() as session:
        items = make_items(all_pairs(judgeable(session, Scope())))
    run(database, Judge(name, prompts("pair-3"), "s", name=name), items, ScriptedJudge(says))


def four(_prompt: str) -> str:
    return "[[4]]"


def nine(_prompt: str) -> str:
    return "[[9]]"


def last_row(database: Database) -> tuple[object, ...]:
    with database.reading() as session:
        statement = text("SELECT state, score, winner, cause FROM judgement ORDER BY position DESC LIMIT 1")
        return tuple(session.connection().execute(statement).one())


@pytest.mark.parametrize(
    ("verdicts", "rule", "row"),
    [
        (["m1", "m1", "m2"], "majority", ("scored", 1.0, "model_a", None)),
        (["m1", "m2", "tie"], "majority", ("failed", None, None, "no_majority")),
        (["tie", "tie", "m2"], "majority", ("scored", 0.5, "tie", None)),
        (["first", "first", "m2"], "majority", ("inconsistent", None, None, None)),
        (["m1", "mumble", "mumble"], "majority", ("failed", None, None, "no_quorum")),
        (["m1", "m1", "mumble"], "majority", ("scored", 1.0, "model_a", None)),
        (["m1", "m2", "m1"], "mean", ("scored", 2 / 3, None, None)),
        (["m1", "first", "first"], "mean", ("failed", None, None, "no_quorum")),
    ],
)
def test_a_jury_takes_the_side_of_more_than_half_or_the_mean(
    database: Database, verdicts: list[str], rule: str, row: tuple[object, ...]
) -> None:
    names = [f"judge {number}" for number in range(len(verdicts))]
    for name, verdict in zip(names, verdicts, strict=True):
        member(database, name, verdict)
    run_jury(database, "judgement", names, rule, name="jury", now=NOW)  # type: ignore[arg-type]
    found = last_row(database)
    assert found[:1] + found[2:] == row[:1] + row[2:]
    assert found[1] == (None if row[1] is None else pytest.approx(row[1]))
    with database.reading() as session:
        assert list(broken_batches(session)) == []


def test_a_jury_judges_each_item_once_and_failed_items_again(database: Database) -> None:
    member(database, "one", "m1")
    member(database, "two", "mumble")
    _, tally = run_jury(database, "judgement", ["one", "two"], "majority", name="jury", now=NOW)
    assert tally.outcomes == {"no_quorum": 1}
    with database.reading() as session:
        items = make_items(all_pairs(judgeable(session, Scope())))
    two = Judge("two", prompts("pair-3"), "s", name="two")
    run(
        database,
        two,
        items,
        ScriptedJudge(lambda prompt: "[[A]]" if answers(prompt)[0].endswith("m1") else "[[B]]"),
        again=True,
    )
    _, tally = run_jury(database, "judgement", ["one", "two"], "majority", name="jury", now=NOW)
    assert tally.outcomes == {"scored": 1} and tally.unanimous == 1
    _, tally = run_jury(database, "judgement", ["one", "two"], "majority", name="jury", now=NOW)
    assert tally.judged_before == 1 and not tally.outcomes


def test_scores_are_averaged_on_one_scale(database: Database) -> None:
    with database.reading() as session:
        items = make_items(single_responses(judgeable(session, Scope())))
    for name, mark in (("one", 4), ("two", 9)):
        run(
            database,
            Judge(name, prompts("single-10"), "s", name=name),
            items,
            ScriptedJudge({4: four, 9: nine}[mark]),
        )
    run(
        database,
        Judge("five", prompts("rubric-5"), "s", texts={"rubric": "as you like"}, name="five"),
        items,
        ScriptedJudge(lambda _: "[[3]]"),
    )
    name, _ = run_jury(database, "satisfaction", ["one", "two"], "mean", name="", now=NOW)
    with database.reading() as session:
        statement = text("SELECT s.score FROM satisfaction s JOIN rater r ON r.id = s.rater_id WHERE r.key = :name")
        assert list(session.connection().execute(statement, {"name": name}).scalars()) == [6.5, 6.5]
    with pytest.raises(BadInput, match="one scale"):
        run_jury(database, "satisfaction", ["one", "five"], "mean", name="", now=NOW)


def test_members_must_be_known_and_several(database: Database) -> None:
    member(database, "one", "m1")
    with pytest.raises(BadInput, match="two or more"):
        run_jury(database, "judgement", ["one", "one"], "majority", name="", now=NOW)
    with pytest.raises(NotFound, match="'nobody'"):
        run_jury(database, "judgement", ["one", "nobody"], "majority", name="", now=NOW)
