"""A model of this machine judges and answers, and an endpoint is evaluated, through the same commands as any other."""

import asyncio
import json
import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from app.cli import app
from app.models.offered import OfferedModel
from app.models.references import LocalReference
from app.models.speaking import LocalSpeaker
from app.wiring import make_local_chat
from judging.chat.model import ChatRequest, ChatSettings, Reply
from judging.chat.wire.streaming import ReplyPiece
from judging.prompts.prompt_file import Message
from storage.database.engine import open_database
from tests.app.models.chat_models import chat_model
from tests.judging.chat_server import ChatServer, chat_server
from tests.judging.judged_store import fill

pytest.importorskip("torch", reason="the extra local is not installed")

MOST_TOKENS = 400


def run(*arguments: str, code: int = 0) -> dict[str, Any]:
    result = CliRunner().invoke(app, [*arguments, "--json"])
    assert result.exit_code == code, result.output + str(result.exception)
    found: dict[str, Any] = json.loads(result.stdout)
    return found


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A chat model with random weights."""
    return chat_model(tmp_path_factory.mktemp("models"))


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    database = open_database(str(tmp_path / "evenhand.db"))
    fill(database, questions=2, models=("m1", "m2"))
    database.close()
    return tmp_path


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ChatServer]:
    with chat_server() as running:
        monkeypatch.setenv("OPENAI_BASE_URL", running.url)
        yield running


def test_a_local_model_answers_and_judges_like_an_endpoint(here: Path, model: Path) -> None:
    asked = ["--model", f"hf:{model}", "--max-tokens", "8"]
    done = run("respond", *asked, "--name", "tiny")
    assert sum(done["states"].values()) == 2 and done["completion_tokens"] > 0
    assert run("respond", *asked, "--name", "tiny")["attempts"] == 0
    judged = run("judge", "single", *asked, "--contestant", "m1", code=1)
    assert judged["replies"] == 2 and set(judged["outcomes"]) == {"failed"}, "random weights say no verdict"
    assert set(judged["causes"]) <= {"truncated", "no_marker", "empty"}


def test_a_local_model_speaks_in_pieces_that_make_its_answer(model: Path) -> None:
    """The live arena hears an answer while it is written, also beside another one of the same model."""
    offered = OfferedModel("tiny", LocalReference(str(model)), settings=ChatSettings(temperature=0.0, max_tokens=24))

    async def speak() -> tuple[list[list[ReplyPiece]], Reply]:
        chat = make_local_chat(str(model))
        asked: list[Message] = [{"role": "user", "content": "Why is the sky blue?"}]

        async def pieces() -> list[ReplyPiece]:
            return [
                piece
                async for piece in LocalSpeaker(offered, chat, draw_sample=lambda: 0).speak([{**one} for one in asked])
            ]

        try:
            heard = list(await asyncio.gather(pieces(), pieces()))
            whole = await chat.ask(ChatRequest("tiny", asked, offered.settings))
        finally:
            await chat.close()
        return heard, whole

    heard, whole = asyncio.run(speak())
    for pieces in heard:
        assert "".join(piece.text for piece in pieces) == whole.text
        assert len([piece for piece in pieces if piece.text]) > 3
        assert (pieces[-1].finish, pieces[-1].completion_tokens) == (whole.finish, whole.completion_tokens)


def test_a_model_at_a_temperature_answers_anew_each_time(model: Path) -> None:
    """Two names of one model, or an answer that is asked for again, must not be the same text by construction."""
    offered = OfferedModel("tiny", LocalReference(str(model)), settings=ChatSettings(temperature=1.0, max_tokens=12))
    samples = iter([1, 2, 1])

    async def speak() -> list[str]:
        chat = make_local_chat(str(model))
        speaker = LocalSpeaker(offered, chat, draw_sample=lambda: next(samples))
        try:
            asked = [{"role": "user", "content": "Why is the sky blue?"}]
            return ["".join([piece.text async for piece in speaker.speak(asked)]) for _ in range(3)]
        finally:
            await chat.close()

    first, second, again = asyncio.run(speak())
    assert first != second and again == first


def test_a_stopped_answer_is_not_written_to_its_end(model: Path) -> None:
    """Neither alone nor beside another one of its batch, which goes on."""
    settings = ChatSettings(temperature=0.0, max_tokens=MOST_TOKENS)
    heard: list[str] = []

    async def stop_at_once() -> Reply:
        chat = make_local_chat(str(model))
        asked: list[Message] = [{"role": "user", "content": "Why is the sky blue?"}]

        def hear(text: str) -> None:
            heard.append(text)
            stopped.cancel()

        beside = asyncio.create_task(chat.ask(ChatRequest("tiny", asked, replace(settings, max_tokens=40))))
        stopped = asyncio.create_task(chat.ask(ChatRequest("tiny", asked, settings), listener=hear))
        await asyncio.wait([stopped])
        assert stopped.cancelled()
        try:
            assert (await beside).completion_tokens == 40
            return await chat.ask(ChatRequest("tiny", asked, replace(settings, max_tokens=4)))
        finally:
            await chat.close()

    assert asyncio.run(stop_at_once()).completion_tokens == 4
    assert len(heard) < MOST_TOKENS / 2


def test_a_local_judge_tells_what_else_it_might_have_said(here: Path, model: Path) -> None:
    """The probabilities that `--expected` reads; a judge with random weights gives no score, and says why."""

    async def ask() -> Reply:
        judge = make_local_chat(str(model))
        settings = ChatSettings(max_tokens=6, top_logprobs=20)
        try:
            return await judge.ask(ChatRequest("tiny", [{"role": "user", "content": "Good or bad?"}], settings))
        finally:
            await judge.close()

    reply = asyncio.run(ask())
    assert "".join(token.text for token in reply.tokens) == reply.text
    assert all(1 < len(token.top) <= 21 and token.text in token.top for token in reply.tokens)
    assert all(0 < math.fsum(map(math.exp, token.top.values())) <= 1 for token in reply.tokens)
    asked = ["--model", f"hf:{model}", "--max-tokens", "8", "--expected"]
    judged = run("judge", "single", *asked, "--contestant", "m1", code=1)
    assert judged["replies"] == 2 and set(judged["outcomes"]) == {"failed"}


def test_a_model_without_a_chat_template_is_a_sentence(here: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    from tests.objective.local_models import save

    base = save(tmp_path_factory.mktemp("models"), "Llama")
    result = CliRunner().invoke(app, ["respond", "--model", f"hf:{base}"])
    assert result.exit_code == 1 and "has a chat template, got one without" in str(result.exception)


def test_generative_tasks_run_at_an_endpoint_and_a_second_run_asks_nothing(here: Path, server: ChatServer) -> None:
    server.script = lambda _: "The answer is B."
    evaluated = ["evaluate", "--model", "endpoint:tiny", "--tasks", "evenhand-mini"]
    result = CliRunner().invoke(app, evaluated)
    assert result.exit_code == 0, result.output + str(result.exception)
    assert len(server.bodies) == 40 and "endpoint:tiny" in result.output
    CliRunner().invoke(app, evaluated)
    assert len(server.bodies) == 40, "a run that ended asks nothing again"


def test_a_chat_reaches_an_endpoint_turn_by_turn_and_refusals_are_counted(here: Path, server: ChatServer) -> None:
    server.script = lambda said: "fault filtered" if "spell" in said else "The answer is 7."
    Path("own.jsonl").write_text(
        '{"question": "Three and four?", "answer": "7"}\n{"question": "A spell?", "answer": "8"}\n'
    )
    asked = ["evaluate", "--model", "endpoint:tiny", "--kind", "chat", "--system", "You reckon.", "--data", "own.jsonl"]
    result = CliRunner().invoke(app, [*asked, "--json"])
    assert result.exit_code == 0, result.output + str(result.exception)
    messages = [body["messages"] for body in server.bodies]
    assert {tuple(one["role"] for one in turns) for turns in messages} == {("system", "user")}
    assert messages[0][0]["content"] == "You reckon."
    (accuracy, *_) = json.loads(result.stdout)["results"]
    assert (accuracy["value"], accuracy["unparsed"]) == (0.5, 1)
    assert accuracy["notes"][-1] == "1 of 2 answers were refused by the model provider"


def test_examples_are_turns_of_a_chat_at_an_endpoint(here: Path, server: ChatServer, shared_data: Path) -> None:
    server.script = lambda _: "The answer is B."
    tasks = [
        "--tasks",
        "cmmlu-agronomy",
        "--mode",
        "gen",
        "--data-dir",
        str(shared_data / "objective"),
        "--limit",
        "1",
        "--shots",
        "2",
    ]
    result = CliRunner().invoke(app, ["evaluate", "--model", "endpoint:tiny", "--kind", "chat", *tasks])
    assert result.exit_code == 0, result.output + str(result.exception)
    (body,) = server.bodies
    assert [one["role"] for one in body["messages"]] == ["user", "assistant", "user", "assistant", "user"]


def test_the_prompt_of_a_task_is_shown_with_its_tokens(here: Path, model: Path) -> None:
    shown = run("prompt", "evenhand-mini-reasoning", "--model", str(model), "--kind", "chat", "--shots", "0")
    assert shown["text"].startswith("[user]") and shown["text"].endswith("[assistant]")
    assert shown["token_count"] == len(shown["tokens"]) > 10
    told = ["--kind", "chat", "--instruction", "One letter.", "--shots-as", "first_turn"]
    Path("own.csv").write_text("question,A,B,answer\nWhat is 1+1?,2,3,A\n")
    shown = run("prompt", "own.csv", "--model", str(model), *told)
    assert shown["text"].startswith("[user] One letter.\n\nQuestion: What is 1+1?\nA. 2\nB. 3")
    result = CliRunner().invoke(app, ["prompt", "evenhand-mini"])
    assert result.exit_code == 1 and "expected --model DIR with the task" in str(result.exception)


def test_one_model_may_be_asked_in_another_way_than_the_rest(here: Path, model: Path, server: ChatServer) -> None:
    server.script = lambda _: "B"
    Path("own.json").write_text(json.dumps({"plain": {"instruction": "Answer with a letter."}}))
    asked = ["evaluate", "--model", "endpoint:tiny", "--tasks", "evenhand-mini-reasoning", "--limit", "2"]
    result = CliRunner().invoke(app, [*asked, "--name", "plain", "--per-model", "own.json"])
    assert result.exit_code == 0, result.output + str(result.exception)
    assert all("Answer with a letter." in body["messages"][0]["content"] for body in server.bodies)
    for content, sentence in (
        ({"nobody": {}}, "expected models among plain"),
        ({"plain": {"colour": "red"}}, "expected options among kind"),
        ({"plain": {"kind": "chatty"}}, "expected base or chat"),
        ({"plain": {"max_out_len": "long"}}, "expected another type of value"),
        ([], "got another structure"),
    ):
        Path("own.json").write_text(json.dumps(content))
        result = CliRunner().invoke(app, [*asked, "--name", "plain", "--per-model", "own.json"])
        assert result.exit_code == 1 and sentence in str(result.exception)
