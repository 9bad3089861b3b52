"""What an import stores, on both databases."""

import csv
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from storage.database.columns import table_of
from storage.database.engine import Database, open_database
from storage.database.ledger_tables import Comment, Judgment, Preference, Satisfaction
from storage.database.tables import Question, Rater, Response
from storage.errors import BadInput, BadRows
from storage.exchange.rows import fields
from storage.ledger import chain
from storage.questions import questions
from storage.values import RaterKind, digest
from tests.storage.files import BATTLE, QUESTION, SCORE, VOTE, bring, counts, jsonl


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = open_database(database_url)
    yield opened
    opened.close()


def rows_of(database: Database, row: type) -> list[Any]:
    with database.reading() as session:
        return list(session.execute(select(table_of(row))).all())


def test_arena_rows_are_peoples_and_keep_every_field(database: Database, tmp_path: Path) -> None:
    report = bring(database, "preferences", jsonl(tmp_path / "arena.jsonl", [BATTLE]))
    (vote,), (question,), (rater,) = (
        rows_of(database, Preference),
        rows_of(database, Question),
        rows_of(database, Rater),
    )
    assert (report.format, report.added, report.placeholders, report.models) == ("LMArena battle", 1, 1, ("Ann", "Bob"))
    assert (vote.winner, vote.turn, vote.blind, vote.source) == ("model_a", 1, True, "arena")
    assert vote.created_at == datetime.fromtimestamp(1682351591.25, UTC)
    assert (question.source, question.key, question.turns, question.language) == ("arena", "b1", None, "en")
    assert (rater.kind, rater.key, rater.source) == ("human", "arena_user_1", "arena")


@pytest.mark.parametrize("label", ["tie (bothbad)", "both_bad"])
def test_both_bad_has_two_spellings_and_is_no_tie(database: Database, tmp_path: Path, label: str) -> None:
    bring(database, "preferences", jsonl(tmp_path / "a.jsonl", [BATTLE | {"winner": label}]))
    assert [vote.winner for vote in rows_of(database, Preference)] == ["both_bad"]


def test_a_battle_with_its_texts_brings_question_and_responses(database: Database, tmp_path: Path) -> None:
    def talk(answer: str) -> list[dict[str, str]]:
        return [{"role": "user", "content": "Hi?"}, {"role": "assistant", "content": answer}]

    row = BATTLE | {"conversation_a": talk("Yes."), "conversation_b": talk("No.")}
    report = bring(database, "preferences", jsonl(tmp_path / "a.jsonl", [row, row | {"judge": "other"}]))
    assert (report.questions, report.responses, report.placeholders, report.added) == (1, 2, 0, 2)
    texts = {answer.id: answer.turns[0][0]["text"] for answer in rows_of(database, Response)}
    assert [(texts[vote.response_a_id], texts[vote.response_b_id]) for vote in rows_of(database, Preference)] == [
        ("Yes.", "No.")
    ] * 2


def test_the_judge_column_of_annotated_battles_says_who_judged(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "battles.csv"
    path.write_text(
        "model_a,model_b,winner,question_id,annotator,judge\nAnn,Bob,tie,7,w1,human\nAnn,Bob,model_b,7,gpt-4,gpt-4\n"
    )
    bring(database, "preferences", path)
    (judged,) = rows_of(database, Judgment)
    kinds = {rater.kind: (rater.key, rater.judge_model) for rater in rows_of(database, Rater)}
    assert kinds == {"human": ("w1", None), "judge": ("gpt-4", "gpt-4")}
    assert (judged.form, judged.state, judged.winner, judged.score) == ("three_way", "scored", "model_b", 0.0)
    assert [vote.winner for vote in rows_of(database, Preference)] == ["tie"]


def test_rows_that_do_not_say_who_judged_need_the_option(database: Database, tmp_path: Path) -> None:
    path = jsonl(tmp_path / "plain.jsonl", [{"model_a": "Ann", "model_b": "Bob", "winner": "tie"}])
    with pytest.raises(BadInput, match="--rater-kind"):
        bring(database, "preferences", path)
    assert bring(database, "preferences", path, rater_kind="judge").added == 1
    assert [judged.score for judged in rows_of(database, Judgment)] == [0.5]


def test_the_option_may_not_contradict_the_file(database: Database, tmp_path: Path) -> None:
    with pytest.raises(BadRows) as refused:
        bring(database, "preferences", jsonl(tmp_path / "v.jsonl", [VOTE]), rater_kind="judge")
    assert "--rater-kind" in refused.value.rows[0]


def test_importing_a_file_twice_adds_nothing_though_equal_votes_in_it_count_twice(
    database: Database, tmp_path: Path
) -> None:
    path = jsonl(tmp_path / "arena.jsonl", [BATTLE, BATTLE, BATTLE | {"winner": "tie"}])
    assert bring(database, "preferences", path).added == 3
    before = counts(database)
    again = bring(database, "preferences", path)
    assert (again.added, again.duplicates, again.raters) == (0, 3, 0)
    assert counts(database) == before


def test_a_longer_version_of_a_file_adds_only_what_is_new(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "arena.jsonl"
    bring(database, "preferences", jsonl(path, [BATTLE, BATTLE]))
    report = bring(database, "preferences", jsonl(path, [BATTLE | {"turn": 9}, BATTLE, BATTLE, BATTLE]))
    assert (report.added, report.duplicates) == (2, 2)


def test_a_row_key_with_the_same_content_is_a_duplicate_and_with_another_is_bad(
    database: Database, tmp_path: Path
) -> None:
    path = tmp_path / "votes.jsonl"
    assert bring(database, "preferences", jsonl(path, [VOTE, VOTE])).duplicates == 1
    assert bring(database, "preferences", jsonl(path, [VOTE])).duplicates == 1
    for rows in ([VOTE | {"winner": "tie"}], [VOTE | {"row_key": "v2"}, VOTE | {"row_key": "v2", "winner": "tie"}]):
        with pytest.raises(BadRows) as refused:
            bring(database, "preferences", jsonl(path, rows))
        assert "row key" in refused.value.rows[0]
    assert len(rows_of(database, Preference)) == 1


def test_a_placeholder_gets_its_text_later_and_keeps_its_votes(database: Database, tmp_path: Path) -> None:
    bring(database, "preferences", jsonl(tmp_path / "v.jsonl", [VOTE | {"category": "guess"}]))
    report = bring(database, "questions", jsonl(tmp_path / "q.jsonl", [QUESTION]))
    (question,) = rows_of(database, Question)
    assert (report.filled, report.added) == (1, 0)
    assert (question.turns, question.category) == ([[{"type": "text", "text": "How?"}]], "code")
    assert rows_of(database, Preference)[0].question_id == question.id


def test_questions_of_another_source_with_the_keys_of_placeholders_are_named(
    database: Database, tmp_path: Path
) -> None:
    votes = jsonl(tmp_path / "v.jsonl", [{name: VOTE[name] for name in VOTE if name != "source"}])
    assert bring(database, "preferences", votes, source="votes").elsewhere == ()
    bring(database, "questions", jsonl(tmp_path / "q.jsonl", [QUESTION]), source="texts")
    found = bring(database, "preferences", votes, source="more")
    assert (found.placeholders, found.elsewhere) == (1, ("s", "votes"))


def test_another_file_about_the_same_questions_is_noticed_without_texts(database: Database, tmp_path: Path) -> None:
    people, judge, other = (
        jsonl(
            tmp_path / f"{name}.jsonl",
            [{"question": key, "model_a": "Ann", "model_b": "Bob", "winner": "tie"} for key in keys],
        )
        for name, keys in (("people", "abcd"), ("judge", "abcx"), ("other", "awxy"))
    )
    found = [bring(database, "preferences", file, rater_kind=RaterKind.human) for file in (people, judge, other)]
    assert [one.elsewhere for one in found] == [(), ("people",), ()]  # 3 of 4 keys; then 1 of 4, and 2 of 4


def test_questions_without_a_text_are_counted(database: Database, tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [{"source": "s", "key": "with", "turns": ["Why?"]}, {"source": "s", "key": "without"}]
    found = bring(database, "questions", jsonl(tmp_path / "q.jsonl", rows))
    assert (found.added, found.placeholders) == (2, 1)


def test_another_text_for_a_known_question_is_bad(database: Database, tmp_path: Path) -> None:
    bring(database, "questions", jsonl(tmp_path / "q.jsonl", [QUESTION]))
    with pytest.raises(BadRows) as refused:
        bring(database, "questions", jsonl(tmp_path / "q.jsonl", [QUESTION, QUESTION | {"turns": ["Why?"]}]))
    assert refused.value.rows[0].startswith(f"{tmp_path / 'q.jsonl'}:2: ")
    assert bring(database, "questions", jsonl(tmp_path / "q.jsonl", [QUESTION])).duplicates == 1


def test_responses_find_the_only_source_of_their_question(database: Database, tmp_path: Path) -> None:
    bring(database, "questions", jsonl(tmp_path / "q.jsonl", [{"question_id": 1, "text": "Hi?"}]), source="one")
    answer = {"question_id": 1, "model_id": "Ann", "text": "Hello."}
    assert bring(database, "responses", jsonl(tmp_path / "a.jsonl", [answer])).added == 1
    bring(database, "questions", jsonl(tmp_path / "q.jsonl", [{"question_id": 1, "text": "Ho?"}]), source="two")
    with pytest.raises(BadRows) as refused:
        bring(database, "responses", jsonl(tmp_path / "a.jsonl", [answer]))
    assert "one, two" in refused.value.rows[0]
    assert bring(database, "responses", jsonl(tmp_path / "a.jsonl", [answer]), source="two").added == 1


def test_choices_are_samples_and_a_failed_answer_is_kept_apart(database: Database, tmp_path: Path) -> None:
    bring(database, "questions", jsonl(tmp_path / "q.jsonl", [{"question_id": 1, "turns": ["a", "b"]}]))
    choices = [{"index": 0, "turns": ["x", "y"]}, {"index": 1, "turns": ["$ERROR$"]}, {"index": 2, "turns": [" "]}]
    row = {"question_id": 1, "model_id": "Ann", "answer_id": "?", "choices": choices, "tstamp": 1686000000.5}
    path = jsonl(tmp_path / "a.jsonl", [row])
    assert bring(database, "responses", path).added == 3
    assert [(answer.sample, answer.state) for answer in rows_of(database, Response)] == [
        (0, "ok"),
        (1, "error"),
        (2, "empty"),
    ]
    assert bring(database, "responses", path).duplicates == 3


def test_models_share_the_questions_that_alpaca_outputs_bring(database: Database, tmp_path: Path) -> None:
    for model in ("Ann", "Bob"):
        row = {"instruction": "Sing.", "output": f"La {model}", "generator": model, "dataset": "koala"}
        path = tmp_path / f"{model}.json"
        path.write_text(json.dumps([row], indent=2))
        bring(database, "responses", path)
    (question,) = rows_of(database, Question)
    assert (question.source, question.category, question.turns[0][0]["text"]) == ("alpaca_eval", "koala", "Sing.")
    assert len(rows_of(database, Response)) == 2


def test_a_score_of_none_means_that_the_rater_could_not_judge(database: Database, tmp_path: Path) -> None:
    rows = [SCORE, SCORE | {"row_key": "c2", "score": None}, SCORE | {"row_key": "c3", "rater_kind": "judge"}]
    assert bring(database, "satisfaction", jsonl(tmp_path / "s.jsonl", rows)).added == 3
    assert [(score.state, score.score) for score in rows_of(database, Satisfaction)] == [
        ("scored", 4.0),
        ("cannot_judge", None),
        ("scored", 4.0),
    ]


@pytest.mark.parametrize("address", ["203.0.113.77", "2001:db8::17", "[2001:db8::17]:443", "203.0.113.77:9"])
def test_network_addresses_of_raters_are_nowhere_in_the_store(database: Database, tmp_path: Path, address: str) -> None:
    path = jsonl(tmp_path / "a.jsonl", [BATTLE | {"judge": address}, BATTLE | {"judge": address, "winner": "tie"}])
    report = bring(database, "preferences", path)
    assert (report.addresses, report.raters) == (1, 1)
    everything = json.dumps([tuple(map(str, row)) for table in (Rater, Preference) for row in rows_of(database, table)])
    assert "203.0.113" not in everything
    assert "2001:db8" not in everything
    again = bring(database, "preferences", path)
    assert (again.duplicates, again.raters) == (2, 0)


def test_a_comment_lies_outside_the_ledger_and_is_committed_to(database: Database, tmp_path: Path) -> None:
    bring(
        database, "preferences", jsonl(tmp_path / "v.jsonl", [VOTE | {"comment": "both rude"}, VOTE | {"row_key": "2"}])
    )
    (comment,) = rows_of(database, Comment)
    votes = {vote.row_key: vote for vote in rows_of(database, Preference)}
    assert votes["v1"].position == comment.position
    assert votes["v1"].comment_digest == digest(comment.salt + "both rude")
    assert votes["2"].comment_digest is None


def test_a_dry_run_reports_all_and_stores_nothing(database: Database, tmp_path: Path) -> None:
    before = counts(database)
    report = bring(database, "preferences", jsonl(tmp_path / "a.jsonl", [BATTLE] * 3), dry_run=True)
    assert (report.added, report.dry_run) == (3, True)
    assert counts(database) == before


def test_progress_reaches_the_end_of_the_file(database: Database, tmp_path: Path) -> None:
    from storage.exchange.importing import ImportOptions, import_file
    from storage.exchange.rows.canonical import RowKind

    calls: list[tuple[int, int, int]] = []
    path = jsonl(tmp_path / "a.jsonl.gz", [BATTLE | {"turn": n} for n in range(6000)])
    now = datetime(2026, 1, 1, tzinfo=UTC)
    options = ImportOptions(now=now, salt="s")
    import_file(database, RowKind.preferences, path, options, progress=lambda *call: calls.append(call))
    size = path.stat().st_size
    assert calls[-1] == (6000, size, size)
    assert len(calls) == 2


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz", "a.parquet", "a.parquet.gz", "a.json", "a.jsonl.gz", "a"])
def test_every_container_gives_the_same_rows(database: Database, tmp_path: Path, name: str) -> None:
    import gzip
    import io

    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = [BATTLE | {"judge": f"votér {n}"} for n in range(3)]
    content = io.BytesIO()
    if ".csv" in name:
        text = io.StringIO()
        writer = csv.DictWriter(text, list(BATTLE))
        writer.writeheader()
        writer.writerows(rows)
        content.write(b"\xef\xbb\xbf" + text.getvalue().encode())
    elif ".parquet" in name:
        pq.write_table(pa.Table.from_pylist(rows), content)
    else:
        content.write(json.dumps(rows, indent=1).encode())
    path = tmp_path / name
    path.write_bytes(gzip.compress(content.getvalue()) if name.endswith(".gz") else content.getvalue())
    bring(database, "preferences", path)
    # The same rows in another container are the same rows: their keys are made of what they say.
    assert bring(database, "preferences", jsonl(tmp_path / "b.jsonl", rows), source="a").duplicates == 3
    with database.reading() as session:
        assert list(chain.broken_batches(session)) == []
        assert questions.find_questions(session, "a", ["b1"]) != {}


def test_a_placeholder_takes_the_time_of_the_question_that_fills_it(database: Database, tmp_path: Path) -> None:
    bring(database, "preferences", jsonl(tmp_path / "v.jsonl", [VOTE]))
    asked = QUESTION | {"created_at": "20240131"}
    assert bring(database, "questions", jsonl(tmp_path / "q.jsonl", [asked])).filled == 1
    later = asked | {"created_at": "2025-01-01"}
    assert bring(database, "questions", jsonl(tmp_path / "later.jsonl", [later])).duplicates == 1
    with database.reading() as session:
        assert session.execute(select(table_of(Question).c.created_at)).scalar_one() == datetime(
            2024, 1, 31, tzinfo=UTC
        )


def test_failed_attempts_are_told_apart_by_cause_and_time(database: Database, tmp_path: Path) -> None:
    bring(database, "questions", jsonl(tmp_path / "q.jsonl", [QUESTION]))
    failed = {"question": "q1", "model": "Ann", "turns": [], "state": "error", "cause": "timeout"}
    timed = failed | {"created_at": "2026-01-01T09:00:00Z"}
    attempts = [timed, timed, timed | {"cause": "refused"}, timed | {"created_at": "2026-01-01T09:00:01Z"}]
    path = jsonl(tmp_path / "r.jsonl", attempts)
    report = bring(database, "responses", path)
    assert (report.added, report.duplicates) == (3, 1)
    assert bring(database, "responses", path).duplicates == 4
    assert bring(database, "responses", jsonl(tmp_path / "untimed.jsonl", [failed])).duplicates == 1


@pytest.mark.parametrize(
    ("text", "year"), [("20240131", 2024), ("2024-01-31", 2024), ("2024W05", 2024), ("20240131T1200Z", 2024),
                       ("1706702400", 2024), ("1706702400.5", 2024), (1706702400, 2024), ("1000", 1970),
                       (1706702400000, 2024), ("1706702400000.5", 2024), (date(2024, 1, 31), 2024),
                       ("2024-01-31 12:00:00+08:00", 2024)]
)  # fmt: skip
def test_a_time_is_iso_text_or_seconds_since_1970(text: object, year: int) -> None:
    found = fields.moment({"created_at": text}, "created_at")
    assert found is not None
    assert (found.year, found.tzinfo) == (year, UTC)


@pytest.mark.parametrize(
    "moment",
    ["9999-12-31T23:59:59-05:00", datetime.max.replace(tzinfo=timezone(-timedelta(hours=5))), "20249931", True],
)
def test_a_time_that_cannot_be_is_refused_in_a_sentence(moment: object) -> None:
    with pytest.raises(BadInput, match="expected a time as ISO 8601 or as seconds since 1970 in column 'created_at'"):
        fields.moment({"created_at": moment}, "created_at")
