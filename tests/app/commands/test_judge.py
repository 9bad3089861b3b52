"""`evenhand respond` and `evenhand judge` against a real server: what is stored, said, and never done twice."""

import json
import math
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from app.cli import app, main
from storage.database.engine import open_database
from tests.judging.chat_server import ChatServer, chat_server
from tests.judging.judged_store import answers, fill
from tests.stores import open_store

ROOT = Path(__file__).parents[3]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[ChatServer]:
    with chat_server() as running:
        monkeypatch.setenv("OPENAI_BASE_URL", running.url)
        monkeypatch.delenv("OPENAI_API_KEY", raising=False)
        monkeypatch.chdir(tmp_path)
        yield running


def filled(path: Path, **changes: Any) -> None:
    database = open_store(path)
    fill(database, **changes)
    database.close()


def rows(path: Path, statement: str) -> list[tuple[object, ...]]:
    database = open_database(str(path))
    with database.reading() as session:
        found = [tuple(row) for row in session.connection().execute(text(statement))]
    database.close()
    return found


def run(*arguments: str) -> dict[str, Any]:
    result = CliRunner().invoke(app, [*arguments, "--json"])
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def first_letter(prompt: str) -> str:
    one, two = answers(prompt)
    return "[[A]]" if one < two else "[[B]]"


def test_responses_are_collected_turn_after_turn_and_once(server: ChatServer, tmp_path: Path) -> None:
    filled(tmp_path / "evenhand.db", models=(), turns=2)
    server.script = lambda said: f"to {said}"
    done = run("respond", "--model", "tiny", "--name", "Tiny", "--system", "Be brief.")
    assert done["states"] == {"ok": 4} and done["attempts"] == 8
    second = next(body for body in server.bodies if len(body["messages"]) == 4)
    assert [message["role"] for message in second["messages"]] == ["system", "user", "assistant", "user"]
    assert second["messages"][2]["content"] == f"to {second['messages'][1]['content']}"
    assert run("respond", "--model", "tiny", "--name", "Tiny", "--system", "Be brief.")["attempts"] == 0
    assert rows(tmp_path / "evenhand.db", "SELECT COUNT(*), MIN(prompt_tokens) FROM response") == [(4, 22)]


def test_a_failed_response_is_a_row_with_its_cause_and_asked_for_again(server: ChatServer, tmp_path: Path) -> None:
    filled(tmp_path / "evenhand.db", models=())
    server.script = lambda said: 400 if said.startswith("question 2") else "fine"
    result = CliRunner().invoke(app, ["respond", "--model", "tiny"])
    assert result.exit_code == 1 and "to accept the request, got 400" in result.output
    assert sorted(rows(tmp_path / "evenhand.db", "SELECT state, COUNT(*) FROM response GROUP BY state")) == [
        ("error", 1), ("ok", 3)
    ]  # fmt: skip
    server.script = lambda _: "fine"
    assert run("respond", "--model", "tiny")["states"] == {"ok": 1}


def test_samples_need_a_temperature_and_get_seeds_of_their_own(server: ChatServer, tmp_path: Path) -> None:
    filled(tmp_path / "evenhand.db", models=(), questions=1)
    result = CliRunner().invoke(app, ["respond", "--model", "tiny", "--samples", "3"])
    assert result.exit_code == 1 and "--temperature above 0" in str(result.exception)
    run("respond", "--model", "tiny", "--samples", "3", "--temperature", "1", "--seed", "5")
    assert sorted(body["seed"] for body in server.bodies) == [5, 6, 7]
    assert rows(tmp_path / "evenhand.db", "SELECT COUNT(DISTINCT sample) FROM response") == [(3,)]


def test_pairs_are_judged_and_ranked(server: ChatServer, tmp_path: Path) -> None:
    filled(tmp_path / "evenhand.db")
    server.script = first_letter
    planned = run("judge", "pairwise", "--model", "tiny", "--dry-run")
    assert (planned["items"], planned["requests"], len(server.bodies)) == (12, 24, 0)
    done = run("judge", "pairwise", "--model", "tiny", "--name", "house")
    assert done["outcomes"] == {"scored": 12} and len(server.bodies) == 24
    board = run("rank", "--by", "judge:house", "--method", "win-rate")
    assert [row["model"] for row in board["ratings"]] == ["m1", "m2", "m3"]
    assert run("judge", "pairwise", "--model", "tiny", "--name", "house")["judged_before"] == 12
    assert run("judge", "pairwise", "--model", "tiny", "--pairs", "baseline:m2", "--dry-run")["items"] == 8
    assert run("judge", "pairwise", "--model", "tiny", "--pairs", "all", "--sample", "5", "--dry-run")["items"] == 5


def test_a_dry_run_says_what_failed_before_and_what_becomes_of_it(server: ChatServer, tmp_path: Path) -> None:
    filled(tmp_path / "evenhand.db", models=("m1",))
    server.script = lambda said: "No verdict." if "question 1 turn" in said or "question 2 turn" in said else "[[8]]"
    asked = ["judge", "single", "--model", "tiny"]
    CliRunner().invoke(app, asked)
    planned = run(*asked, "--dry-run")
    failed = planned["items"]
    assert failed == 2
    assert (planned["judged_before"], planned["failed_before"], planned["failed_as_is"]) == (4 - failed, failed, failed)
    database = open_database(str(tmp_path / "evenhand.db"))
    with database.writing() as session:  # as where the endpoint gave an error and no reply
        lost = "UPDATE judge_call SET reply = NULL WHERE id = (SELECT min(id) FROM judge_call WHERE cause IS NOT NULL)"
        assert session.connection().execute(text(lost)).rowcount == 1
    database.close()
    prices = ["--price-in", "0", "--price-out", "1000000", "--dry-run"]
    anew, planned = run(*asked, "--again", *prices), run(*asked, *prices)
    assert (anew["requests"], anew["stored_replies"], anew["failed_as_is"]) == (2, 0, 0)
    assert (planned["requests"], planned["stored_replies"]) == (1, failed - 1)
    assert anew["at_most"] == 2 * planned["at_most"] > 0
    told = CliRunner().invoke(app, [*asked, "--dry-run"]).output
    assert "  would ask 1 of 2 requests, at most " in told and "; 1 reply is stored" in told
    assert f"of these, {failed} failed before: 1 asked again, {failed - 1} as is: the stored reply holds" in told
    before = len(server.bodies)
    CliRunner().invoke(app, asked)
    assert len(server.bodies) == before + 1


def test_single_scores_are_stored_with_what_they_cost(server: ChatServer, tmp_path: Path) -> None:
    filled(tmp_path / "evenhand.db", models=("m1",))
    server.script = lambda _: "Good.\n[[8]]"
    done = run("judge", "single", "--model", "tiny", "--price-in", "1000", "--price-out", "2000", "--budget", "100")
    # 11 tokens read at 1000 a million and 3 written at 2000 are 0.017 a reply.
    assert done["spent"] == pytest.approx(4 * 0.017)
    assert rows(tmp_path / "evenhand.db", "SELECT score FROM satisfaction") == [(8.0,)] * 4


def test_a_budget_that_ends_the_run_is_said_and_the_same_command_goes_on(server: ChatServer, tmp_path: Path) -> None:
    filled(tmp_path / "evenhand.db", questions=20)
    server.script = first_letter
    command = ["judge", "pairwise", "--model", "tiny", "--price-in", "1", "--price-out", "1000", "--max-tokens", "50"]
    result = CliRunner().invoke(app, [*command, "--budget", "0.2"])
    assert result.exit_code == 1 and "the budget is spent; run the same command again to continue" in result.output
    before = len(server.bodies)
    assert 0 < before < 120
    assert CliRunner().invoke(app, command).exit_code == 0
    assert len(server.bodies) == 120
    assert set(Counter(json.dumps(body) for body in server.bodies).values()) == {1}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--base-url", "https://models.example/v1"], "expected a key for models.example"),
        (["--base-url", "models.example"], "expected an address like https://host/v1"),
        (["--base-url", "http://127.0.0.1:9/v1"], "expected an endpoint at"),
        (["--base-url", "https://me:secret@models.example/v1"], "without a user name"),
        (["--prompt", "pair-9"], "expected a prompt among"),
        (["--prompt", "pair-3-reference"], "expected a reference for the question"),
        (["--budget", "0"], "expected a budget above 0"),
        (["--budget", "5"], "expected --price-in or --price-out"),
        (["--contestant", "m9"], "expected models of the store, got 'm9'; see `evenhand list models`"),
        (["--contestant", "M1"], "expected models of the store, got 'M1'; did you mean 'm1'?"),
        (["--pairs", "baseline:m9"], "expected a model of the store as baseline"),
        (["--pairs", "nothing.jsonl"], "expected --pairs all, voted, baseline:MODEL or a JSONL file"),
        (["--category", "nothing"], "expected responses to judge, got none"),
        (["--prompts", "nowhere"], "expected a folder of prompts"),
    ],
)
def test_wrong_use_is_one_sentence_before_anything_is_asked(
    server: ChatServer, tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], sentence: str
) -> None:
    filled(tmp_path / "evenhand.db")
    assert main(["judge", "pairwise", "--model", "tiny", *arguments]) == 1
    said = capsys.readouterr().err
    assert sentence in said and "secret" not in said
    assert server.bodies == []
    assert rows(tmp_path / "evenhand.db", "SELECT COUNT(*) FROM judge_call") == [(0,)]


@pytest.mark.parametrize(("status", "sentence"), [(401, "expected a key that"), (404, "expected a model named 'tiny'")])
def test_an_endpoint_that_refuses_is_one_sentence_and_one_request(
    server: ChatServer, tmp_path: Path, capsys: pytest.CaptureFixture[str], status: int, sentence: str
) -> None:
    filled(tmp_path / "evenhand.db")
    server.script = lambda _: status
    assert main(["judge", "pairwise", "--model", "tiny"]) == 1
    assert sentence in capsys.readouterr().err
    assert len(server.bodies) == 1


def test_a_key_is_read_from_a_file_that_is_private_and_goes_nowhere_else(
    server: ChatServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    filled(tmp_path / "evenhand.db", models=("m1", "m2"))
    server.script = first_letter
    key = tmp_path / "key"
    key.write_text("sk-very-secret\n")
    key.chmod(0o644)
    command = ["judge", "pairwise", "--model", "tiny", "--key-file", str(key)]
    assert main(command) == 1
    assert "run chmod 600" in capsys.readouterr().err
    key.chmod(0o600)
    assert main(command) == 0
    assert set(server.keys) == {"Bearer sk-very-secret"}
    shown = capsys.readouterr()
    stored = (
        (tmp_path / "evenhand.db").read_bytes() + (tmp_path / "evenhand.db-wal").read_bytes()
        if (tmp_path / "evenhand.db-wal").exists()
        else (tmp_path / "evenhand.db").read_bytes()
    )
    assert b"sk-very-secret" not in stored and "sk-very-secret" not in shown.out + shown.err


def test_replies_that_were_recorded_take_the_place_of_a_model(server: ChatServer, tmp_path: Path) -> None:
    filled(tmp_path / "evenhand.db", questions=1, models=("m1", "m2"))
    lines = [
        {"question": "q0", "models": ["m1", "m2"], "reply": "[[A]]"},
        {"question": "q0", "models": ["m2", "m1"], "reply": "[[B]]"},
    ]
    (tmp_path / "said.jsonl").write_text("\n".join(map(json.dumps, lines)))
    done = run("judge", "pairwise", "--model", "recorded:said.jsonl", "--name", "replayed")
    assert done["outcomes"] == {"scored": 1} and server.bodies == []
    assert rows(tmp_path / "evenhand.db", "SELECT score FROM judgement") == [(1.0,)]


def test_a_killed_run_goes_on_and_asks_only_what_is_missing(server: ChatServer, tmp_path: Path) -> None:
    filled(tmp_path / "evenhand.db", questions=50)
    server.script, server.delay_seconds = first_letter, 0.02
    start = "import sys; from app.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", start, "judge", "pairwise", "--model", "tiny", "--concurrency", "8"]
    process = subprocess.Popen(command, cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)})
    while len(server.bodies) < 60 and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    killed_at = len(server.bodies)
    assert 60 <= killed_at < 300, "it was killed in the middle"
    assert run("judge", "pairwise", "--model", "tiny")["outcomes"]["scored"] > 0
    times = Counter(json.dumps(body["messages"]) for body in server.bodies)
    assert len(times) == 300
    twice = sum(count - 1 for count in times.values())
    assert twice <= 8 + 32, "what was under way, or came in during one write"
    found = rows(tmp_path / "evenhand.db", "SELECT state, COUNT(*) FROM judgement GROUP BY state")
    assert found == [("scored", 150)]
    assert rows(tmp_path / "evenhand.db", "SELECT COUNT(*) FROM judge_call WHERE judgement IS NULL") == [(0,)]


@pytest.mark.parametrize(
    ("rule", "outcomes"), [("longest", {"scored": 12}), ("first", {"inconsistent": 12}), ("random", None)]
)
def test_judges_that_read_nothing_are_there_to_compare_with(
    server: ChatServer, tmp_path: Path, rule: str, outcomes: dict[str, int] | None
) -> None:
    filled(tmp_path / "evenhand.db", text=lambda number, model: f"answer {number} " + "x" * int(model[1]))
    done = run("judge", "pairwise", "--model", f"baseline:{rule}", "--name", rule)
    assert server.bodies == [] and sum(done["outcomes"].values()) == 12
    assert outcomes in (None, done["outcomes"])
    if rule == "longest":
        board = run("rank", "--by", "judge:longest", "--method", "win-rate")
        assert [row["model"] for row in board["ratings"]] == ["m3", "m2", "m1"]
    result = CliRunner().invoke(app, ["judge", "single", "--model", f"baseline:{rule}"])
    assert result.exit_code == 1 and "use `evenhand judge pairwise`" in str(result.exception)


def test_an_expected_score_weighs_the_legal_answers_by_their_probability(server: ChatServer, tmp_path: Path) -> None:
    # The judge writes [[8]]: 8 has probability 0.6, 7 has 0.3, and 0.1 is on what is no score.
    filled(tmp_path / "evenhand.db", questions=1, models=("m1",))
    server.script = lambda _: "Good.\n[[8]]"
    tops = [
        ("Good.\n", {"Good.\n": 1.0}),
        ("[[", {"[[": 1.0}),
        ("8", {"8": 0.6, "7": 0.3, "x": 0.1}),
        ("]]", {"]]": 1.0}),
    ]
    server.logprobs = [
        {
            "token": token,
            "logprob": math.log(top[token]),
            "top_logprobs": [{"token": text, "logprob": math.log(share)} for text, share in top.items()],
        }
        for token, top in tops
    ]
    command = ["judge", "single", "--model", "tiny", "--expected"]
    run(*command)
    assert server.bodies[0]["logprobs"] is True and server.bodies[0]["top_logprobs"] == 20
    ((score,),) = rows(tmp_path / "evenhand.db", "SELECT score FROM satisfaction")
    assert score == pytest.approx((8 * 0.6 + 7 * 0.3) / 0.9)
    result = CliRunner().invoke(app, [*command, "--least-mass", "0.95", "--name", "strict"])
    assert result.exit_code == 1 and "failed, low mass: 1" in result.output


def test_an_endpoint_that_speaks_something_else_is_one_sentence(
    server: ChatServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    filled(tmp_path / "evenhand.db")
    server.script = lambda _: "fault wrong schema"
    assert main(["judge", "pairwise", "--model", "tiny"]) == 1
    assert "expected a chat completion from" in capsys.readouterr().err
    assert rows(tmp_path / "evenhand.db", "SELECT COUNT(*) FROM judge_call") == [(0,)]


def test_a_jury_and_a_second_reading_work_on_what_was_said(server: ChatServer, tmp_path: Path) -> None:
    filled(tmp_path / "evenhand.db")
    server.script = first_letter
    for name in ("one", "two"):
        run("judge", "pairwise", "--model", name, "--name", name)
    made = run("judge", "jury", "--member", "one", "--member", "two", "--name", "panel")
    assert made["outcomes"] == {"scored": 12} and made["unanimous"] == 12
    read = run("judge", "reparse", "one")
    assert (read["replies"], read["same"], read["mended"]) == (24, 24, 0)
    assert run("rank", "--by", "judge:panel", "--method", "win-rate")["ratings"]


def test_canaries_are_planted_and_counted(server: ChatServer) -> None:
    server.script = lambda _: "[[A]]"
    result = CliRunner().invoke(app, ["judge", "canaries", "--model", "tiny", "--prompt", "pair-3", "--json"])
    found = json.loads(result.stdout)["canaries"]
    assert result.exit_code == 0 and {one["undecided"] for one in found} == {3}
    assert len(server.bodies) == 2 * 3 * len(found)
