"""Models that read images, from the command line: asked with the pictures of the store, or failed by name."""

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from starlette.responses import JSONResponse, Response

from app.cli import main
from storage.database.engine import open_database
from storage.judges.judgment_reading import open_judged
from storage.media.pictures import clean_picture
from storage.media.stored_pictures import add_pictures, erase_picture
from storage.questions.questions import QuestionText, add_questions, add_responses, ensure_models, settings_digest
from storage.values import ResponseState, Turn, turn_text
from tests.app.commands.coloured import COLOURS, coloured, colours
from tests.app.commands.store_commands import rows, run
from tests.judging.chat_server import ChatServer, chat_server, completion
from tests.judging.judged_store import NOW
from tests.stores import open_store

PICTURES = {name: clean_picture(coloured(name)) for name in COLOURS}
JUDGE = ["judge", "pairwise", "--model", "tiny", "--name", "house"]


def turn(text: str, colour: str, alt: str = "") -> Turn:
    return [{"type": "text", "text": text}, {"type": "image", "media": PICTURES[colour].sha256, "alt": alt}]


def red_wins(body: dict[str, Any]) -> Response:
    """The verdict of a judge that looks at the pictures only: the red one of the two responses wins."""
    one, two = colours(body)[-2:]
    return JSONResponse(completion("[[A]]" if one == "red" else "[[B]]" if two == "red" else "[[C]]"))


def blind(body: dict[str, Any]) -> Response:
    """A server whose model reads text only."""
    if colours(body):
        message = "image input is not supported - hint: if this is unexpected, you may need to provide the mmproj"
        return JSONResponse({"error": {"code": 500, "message": message, "type": "server_error"}}, status_code=500)
    return JSONResponse(completion("[[A]]"))


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[ChatServer]:
    with chat_server() as running:
        monkeypatch.setenv("OPENAI_BASE_URL", running.url)
        monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
        monkeypatch.chdir(tmp_path)
        yield running


def fill_with_pictures(pairs: Sequence[tuple[str, str]]) -> None:
    """A question with a green picture for each pair of colours, in which two models answered; the text is the same."""
    database = open_store(Path("evenhand.db"))
    with database.writing() as session:
        add_pictures(session, PICTURES.values(), NOW)
        asked = [
            QuestionText("test", f"q{n}", [turn(f"Which is warmer? {n}", "green", "a field")], language="en")
            for n in range(len(pairs))
        ]
        questions = add_questions(session, asked, now=NOW)
        models = ensure_models(session, ["m1", "m2"])
        common = {"settings": {}, "settings_digest": settings_digest({}), "sample": 0, "created_at": NOW}
        answered = [
            common
            | {"question_id": question, "model_id": models[name], "turns": [turn("This.", colour, f"{colour} square")],
               "state": ResponseState.ok}
            for question, pair in zip(questions, pairs, strict=True)
            for name, colour in zip(("m1", "m2"), pair, strict=True)
        ]  # fmt: skip
        add_responses(session, answered)
    database.close()


def winners() -> list[str]:
    return [winner for (winner,) in rows("SELECT winner FROM judgement ORDER BY question_id")]


def test_the_verdict_flips_with_the_pictures_and_the_same_command_asks_nothing(server: ChatServer) -> None:
    fill_with_pictures([("red", "blue"), ("blue", "red"), ("blue", "green")])
    server.shape = red_wins
    made = run(*JUDGE)
    assert made["outcomes"] == {"scored": 3} and winners() == ["model_a", "model_b", "tie"]
    assert sorted(map(tuple, map(colours, server.bodies)))[:2] == [("green", "blue", "green"), ("green", "blue", "red")]
    assert {body["messages"][0]["content"].count("image") for body in server.bodies} == {0}, "the system has no picture"
    assert len(server.bodies) == 6
    run(*JUDGE)
    assert len(server.bodies) == 6
    stored = str(rows("SELECT request_digest, reply, verdict FROM judge_call")) + str(
        rows("SELECT settings FROM rater")
    )
    assert "base64" not in stored and "a field" not in stored
    server.shape = lambda _body: JSONResponse(completion("[[C]]"))
    assert run("judge", "reparse", "house")["replies"] == 6
    run(*JUDGE[:-1], "low", "--body", "image_detail=low")
    parts = server.bodies[-1]["messages"][-1]["content"]
    assert {part["image_url"]["detail"] for part in parts if part["type"] == "image_url"} == {"low"}
    assert run("judge", "jury", "--member", "house", "--member", "low")["outcomes"]


def test_the_details_of_a_judgment_name_the_pictures(server: ChatServer) -> None:
    fill_with_pictures([("red", "blue")])
    server.shape = red_wins
    run(*JUDGE)
    ((position,),) = rows("SELECT position FROM judgement")
    database = open_database("evenhand.db")
    with database.reading() as session:
        shown = open_judged(session, position)
    database.close()
    assert [turn_text(one) for one in shown.user_turns] == ["Which is warmer? 0\n\n[image: a field]"]
    told = [turn_text(one) for answered in shown.answered for one in answered or ()]
    assert told == ["This.\n\n[image: red square]", "This.\n\n[image: blue square]"]


def test_recorded_replies_and_baselines_judge_pictures_without_sending_them(server: ChatServer) -> None:
    fill_with_pictures([("red", "blue")])
    lines = [{"question": "q0", "models": models, "reply": reply} for models, reply in
             ((["m1", "m2"], "[[B]]"), (["m2", "m1"], "[[A]]"))]  # fmt: skip
    Path("replies.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    assert run("judge", "pairwise", "--model", "recorded:replies.jsonl")["outcomes"] == {"scored": 1}
    assert winners() == ["model_b"]
    assert run("judge", "pairwise", "--model", "baseline:longest")["outcomes"] == {"scored": 1}
    assert winners()[-1] == "tie", "a description is no text of the response"
    assert server.bodies == []


@pytest.mark.parametrize("options", [[], ["--no-vision"]])
def test_a_judge_without_vision_fails_by_name_and_never_scores(
    server: ChatServer, options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    fill_with_pictures([("red", "blue"), ("blue", "red")])
    server.shape = blind
    made = run(*JUDGE, *options, code=1)
    assert made["outcomes"] == {"failed": 2} and made["causes"] == {"no_vision": 2}
    assert len(server.bodies) == (0 if options else 4), "nothing is asked twice, or without its picture"
    assert all(colours(body) for body in server.bodies)
    assert rows("SELECT COUNT(*) FROM judgement WHERE score IS NOT NULL") == [(0,)]
    assert main(["judge", "single", "--model", "tiny", *options]) == 1
    assert "no vision: 4" in capsys.readouterr().out
    server.shape = red_wins
    assert run(*JUDGE)["outcomes"] == {"scored": 2}, "a model that sees later is asked"


def test_responses_are_collected_with_pictures_or_fail_by_name(
    server: ChatServer, capsys: pytest.CaptureFixture[str]
) -> None:
    fill_with_pictures([("red", "blue"), ("blue", "red")])
    server.shape = lambda body: JSONResponse(completion(f"I see {colours(body)[0]}."))
    assert run("respond", "--model", "seeing")["states"] == {"ok": 2}
    assert [colours(body) for body in server.bodies] == [["green"], ["green"]]
    texts = rows("SELECT turns FROM response JOIN model ON model.id = model_id WHERE name = 'seeing'")
    assert all("I see green." in str(text) for text in texts)
    server.shape = blind
    made = run("respond", "--model", "blind", code=1)
    assert (made["states"], made["causes"]) == ({"error": 2}, {"no_vision": 2})
    assert main(["respond", "--model", "named", "--no-vision"]) == 1
    assert "failed, no vision: 2" in capsys.readouterr().out and len(server.bodies) == 4
    database = open_database("evenhand.db")
    with database.writing() as session:
        erase_picture(session, PICTURES["green"].sha256, NOW)
    database.close()
    assert run("respond", "--model", "late", code=1)["causes"] == {"image_missing": 2}


def test_estimates_count_pictures_by_the_formula_or_by_the_option(server: ChatServer) -> None:
    fill_with_pictures([("red", "blue")])
    plan = [*JUDGE, "--dry-run", "--price-in", "1000000", "--price-out", "0"]
    most, least = (run(*plan, *options)["at_most"] for options in ([], ["--image-tokens", "0"]))
    assert most - least == 2 * 3 * 1445
    asked = ["respond", "--model", "tiny", "--dry-run", "--price-in", "1000000"]
    most, least = (run(*asked, *options)["at_most"] for options in ([], ["--image-tokens", "0"]))
    assert most - least == 1445 and server.bodies == []


def test_batch_files_hold_the_pictures(server: ChatServer) -> None:
    fill_with_pictures([("red", "blue")])
    run(*JUDGE, "--batch", "b")
    (sent,) = Path("b").glob("requests-*")
    bodies = [json.loads(line)["body"] for line in sent.read_text().splitlines()]
    assert sorted(map(colours, bodies)) == [["green", "blue", "red"], ["green", "red", "blue"]]
    assert server.bodies == []


def test_the_prompt_shows_where_pictures_stand(server: ChatServer, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prompt", "pair-3", "--images"]) == 0
    shown = re.findall(r"\[Image \d: [^]]+\]\n\[image\]", capsys.readouterr().out)
    owners = ("1: question", "2: response A", "3: response B")
    assert shown == [f"[Image {one}]\n[image]" for one in owners]
    assert server.bodies == []
