"""Stored replies are parsed again without a request: failed rows are replaced, other rows stay."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from judging.chat.model import Reply
from judging.reparse import reparse, reparse_as
from judging.run.items import all_pairs, make_items, single_responses
from judging.run.judge import Judge, VerdictRules
from judging.verdicts.parsing import parse_reply
from judging.verdicts.verdict import OutputForm, Verdict, VerdictCause
from storage.database.engine import Database, open_database
from storage.errors import Conflict, NotFound
from storage.judges.judgeable import Scope, judgeable
from storage.ledger.chain import broken_batches
from tests.judging.judged_store import ScriptedJudge, answers, fill, prompts, run, ticking


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = open_database(database_url)
    fill(database, questions=3, models=("m1", "m2"))
    yield database
    database.close()


def deaf(_reply: object, _form: OutputForm) -> Verdict:
    return Verdict(cause=VerdictCause.no_marker)


def rows(database: Database, statement: str) -> list[tuple[object, ...]]:
    with database.reading() as session:
        return [tuple(row) for row in session.connection().execute(text(statement))]


def test_failures_of_an_older_parser_are_replaced_without_a_request(database: Database) -> None:
    with database.reading() as session:
        responses = judgeable(session, Scope())
    rules = VerdictRules("strict", read=deaf)
    pair = Judge("j", prompts("pair-3"), "s", rules=rules, name="house")
    says = ScriptedJudge(lambda prompt: "[[A]]" if answers(prompt)[0].endswith("m1") else "[[B]]")
    run(database, pair, make_items(all_pairs(responses)), says)
    assert rows(database, "SELECT state, COUNT(*) FROM judgement GROUP BY state") == [("failed", 3)]
    assert reparse(database, "house", clock=ticking(), dry_run=True).mended == 3
    done = reparse(database, "house", clock=ticking())
    assert (done.replies, done.mended, done.changed, len(says.asked)) == (6, 3, 0, 6)
    assert rows(database, "SELECT DISTINCT score FROM judgement WHERE state = 'scored'") == [(1.0,)]
    assert rows(database, "SELECT COUNT(*) FROM void") == [(3,)]
    assert rows(database, "SELECT COUNT(*) FROM judge_call WHERE cause IS NOT NULL") == [(0,)]
    again = reparse(database, "house", clock=ticking())
    assert (again.same, again.mended) == (6, 0)
    with database.reading() as session:
        assert list(broken_batches(session)) == []


def test_dimensions_are_parsed_again_with_their_names(database: Database) -> None:
    with database.reading() as session:
        items = make_items(single_responses(judgeable(session, Scope(models=["m1"], category="knowledge"))))
    names = ["correctness", "completeness", "need met", "clarity", "overall"]
    said = "{" + ", ".join(f'"{name}": 7' for name in names) + "}"
    judge = Judge("j", prompts("dimensions"), "s", rules=VerdictRules("strict", read=deaf), name="house")
    run(database, judge, items, ScriptedJudge(lambda _: said))
    assert reparse(database, "house", clock=ticking()).mended == 2
    assert sorted(rows(database, "SELECT DISTINCT dimension FROM satisfaction WHERE state = 'scored'")) == sorted(
        (name,) for name in names
    )


def test_a_reply_that_parses_to_another_verdict_is_counted_and_stays(database: Database) -> None:
    with database.reading() as session:
        items = make_items(all_pairs(judgeable(session, Scope())))
    run(database, Judge("j", prompts("pair-3"), "s", name="house"), items, ScriptedJudge(lambda _: "[[C]]"))

    def other(reply: Reply, form: OutputForm) -> Verdict:
        return parse_reply(reply.text.replace("C", "A"), form)

    done = reparse(database, "house", parse=other, clock=ticking())
    assert (done.changed, done.mended) == (6, 0)
    assert rows(database, "SELECT DISTINCT winner FROM judgement") == [("tie",)]
    assert reparse(database, "house", parse=other, clock=ticking()).changed == 6


def test_a_judge_with_another_name_reads_the_same_replies_by_new_rules_at_no_cost(database: Database) -> None:
    with database.reading() as session:
        items = make_items(all_pairs(judgeable(session, Scope())))
    loose = VerdictRules("strict", read=lambda _reply, _form: Verdict(value=1.0, marker="[[A]]"))
    says = ScriptedJudge(lambda _: "not [[A]]")
    run(database, Judge("j", prompts("pair-3"), "s", rules=loose, name="house"), items, says)
    run(database, Judge("j", prompts("pair-3"), "s", name="house again"), items, says)
    assert len(says.asked) == 6
    states = "SELECT r.key, j.state, j.cause FROM judgement j JOIN rater r ON r.id = j.rater_id GROUP BY 1, 2, 3"
    assert sorted(rows(database, states), key=str) == [
        ("house again", "failed", "negated"), ("house", "inconsistent", None),
    ]  # fmt: skip


def test_replies_are_read_as_those_of_another_judge_on_request(database: Database) -> None:
    with database.reading() as session:
        items = make_items(all_pairs(judgeable(session, Scope())))
    loose = VerdictRules("strict", read=lambda _reply, _form: Verdict(value=1.0, marker="[[A]]"))
    answer = "not [[A]]"
    says = ScriptedJudge(lambda _: answer)
    run(database, Judge("j", prompts("pair-3"), "s", rules=loose, name="house"), items[:2], says)
    done = reparse_as(database, "house", "house 2", clock=ticking())
    assert (done.replies, done.changed, done.outcomes) == (4, 4, {"failed": 2})
    states = "SELECT DISTINCT r.key, j.state, j.cause FROM judgement j JOIN rater r ON r.id = j.rater_id"
    assert set(rows(database, states)) == {("house", "inconsistent", None), ("house 2", "failed", "negated")}
    with database.reading() as session:
        assert list(broken_batches(session)) == []
    answer = "[[C]]"
    _, tally = run(database, Judge("j", prompts("pair-3"), "other salt", name="house 2"), items, says)
    assert (tally.ended, len(says.asked)) == (3, 6), "only the pair that the first judge had not judged is asked"
    with pytest.raises(Conflict, match="'house 2'"):
        reparse_as(database, "house", "house 2", clock=ticking())


def test_an_unknown_judge_is_named_in_one_sentence(database: Database) -> None:
    with pytest.raises(NotFound, match="'nobody'"):
        reparse(database, "nobody", clock=ticking())
