"""A real language model behind each command that takes one: a small model that rambles and misses formats."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from app.cli import app
from judging.verdicts.parsing import parse_reply
from judging.verdicts.verdict import OutputForm
from storage.database.engine import open_database
from storage.database.evaluation_tables import Prediction
from storage.evaluations import runs
from storage.judges.judgments import LedgerKind
from storage.judges.replies import judges, replies_of

if TYPE_CHECKING:
    from tests.objective.local_models import PlainModel

CAPITAL = "What is the capital of France? Answer in one sentence."
GRASS = "What colour is grass? Answer in one sentence."
QUESTIONS = [
    {"question_id": "france", "text": CAPITAL},
    {"question_id": "grass", "text": GRASS},
]
RESPONSES = [
    {"question_id": key, "model_id": model, "text": text}
    for key, texts in {"france": ["Paris.", "Berlin."], "grass": ["Green.", "Red."]}.items()
    for model, text in zip(("right", "wrong"), texts, strict=True)
]
PROMPT = """---
name: short
version: 1
kind: {kind}
language: en
output: {form}
source: test
---
=== system
{{question}}
{material}
=== user
{ask}
"""
MATERIALS = {"single": "{response}", "pairwise": "{response_a}\n{response_b}"}
CHOICES = [
    {"question": "Which of these is the capital of France?", "A": "Paris", "B": "Berlin", "C": "Madrid", "answer": "A"},
    {"question": "Which of these do bees make?", "A": "Milk", "B": "Honey", "C": "Glass", "answer": "B"},
]


def run(*arguments: str, code: int | None = 0) -> Any:
    result = CliRunner().invoke(app, [*arguments, "--json"])
    assert code in (None, result.exit_code), result.output + str(result.exception)
    return json.loads(result.stdout)


def write(name: str, rows: list[dict[str, Any]]) -> str:
    Path(name).write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return name


@pytest.fixture(scope="module", autouse=True)
def loaded_once(real_model: Path) -> Iterator[None]:
    """Let every command of this file run the weights that the first of them loaded, with a backend of its own."""
    from objective.engine.loading.model import LoadedModel, load_model
    from objective.engine.settings import ModelSettings

    kept: list[tuple[ModelSettings, LoadedModel]] = []

    def once(settings: ModelSettings) -> LoadedModel:
        for before, loaded in kept:
            if before == settings:
                return loaded
        kept.append((settings, load_model(settings)))
        return kept[-1][1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("objective.engine.local.load_model", once)
        yield


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """A store with two questions and two responses to each, in the working directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("EVENHAND_DATABASE", raising=False)
    run("import", "questions", write("questions.jsonl", QUESTIONS))
    run("import", "responses", write("responses.jsonl", RESPONSES))
    return str(tmp_path / "evenhand.db")


@pytest.fixture(scope="module")
def plain(real_model: Path) -> "PlainModel":
    """The same model in transformers alone."""
    from tests.objective.local_models import load_plain

    return load_plain(str(real_model))


def chat(plain: "PlainModel", question: str, new: int) -> str:
    """What the model answers in transformers alone."""
    messages = [{"role": "user", "content": question}]
    return plain.text(plain.tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True), new)


def test_a_real_model_responds_with_the_text_of_transformers(store: str, real_model: Path, plain: "PlainModel") -> None:
    done = run("respond", "--model", f"hf:{real_model}", "--name", "real", "--max-tokens", "16")
    assert (done["attempts"], done["left"]) == (2, 0)
    run("export", "responses", "out.jsonl")
    rows = [json.loads(line) for line in Path("out.jsonl").read_text(encoding="utf-8").splitlines()]
    said = {row["question"]: row["turns"][0] for row in rows if row["model"] == "real"}
    assert said == {"france": chat(plain, CAPITAL, 16), "grass": chat(plain, GRASS, 16)}
    assert "Paris" in said["france"]
    states = [row["state"] for row in rows if row["model"] == "real"]
    assert done["states"] == dict(Counter(states)), "an answer that was cut says so"


@pytest.mark.parametrize(
    ("command", "kind", "form", "ask"),
    [
        ("single", "satisfaction", "score 1 to 10", "Write this line again: [[7]]"),
        ("pairwise", "judgement", "three-way", "Is A or B better? Write [[A]] or [[B]]."),
    ],
    ids=["single", "pairwise"],
)
def test_the_verdict_of_a_real_judge_is_what_the_strict_parser_reads_in_its_stored_reply(
    command: str, kind: LedgerKind, form: str, ask: str, store: str, real_model: Path
) -> None:
    Path("prompts").mkdir()
    text = PROMPT.format(kind=command, form=form, ask=ask, material=MATERIALS[command])
    Path("prompts/short.md").write_text(text, encoding="utf-8")
    asked = ["judge", command, "--model", f"hf:{real_model}", "--max-tokens", "64"]
    done = run(*asked, "--prompts", "prompts", "--prompt", "short", code=None)
    assert (done["requests"], done["replies"], done["left"]) == (4, 4, 0)
    assert sum(done["outcomes"].values()) == done["items"]
    assert sum(done["causes"].values()) == done["outcomes"].get("failed", 0)
    database = open_database(store)
    with database.reading() as session:
        [judge] = judges(session)
        stored = list(replies_of(session, kind, judge.rater_id))
    database.close()
    assert len(stored) == 4 and any(one.cause != "truncated" for one in stored)
    for one in stored:
        read = parse_reply(str(one.reply), OutputForm.from_header(form)).cause
        assert one.cause == ("truncated" if one.verdict["finish"] == "length" else read)


def test_stored_likelihoods_of_a_real_model_equal_a_plain_forward_pass(
    store: str, real_model: Path, plain: "PlainModel"
) -> None:
    stored = evaluated(store, real_model, "--mode", "ppl")
    for one in stored:
        nats = [plain.nats(one.prompt, option)[0] for option in one.details["options"]]
        assert one.details["nats"] == pytest.approx(nats, abs=1e-3)
        assert one.extracted == "ABC"[nats.index(max(nats))]


def test_what_a_real_model_generates_for_a_task_is_the_text_of_transformers(
    store: str, real_model: Path, plain: "PlainModel"
) -> None:
    stored = evaluated(store, real_model, "--mode", "gen", "--kind", "chat", "--max-out-len", "8")
    for one in stored:
        assert one.output == plain.text(one.prompt, 8)
        assert (one.score == 1.0) == (one.extracted in one.gold)


def evaluated(store: str, real_model: Path, *options: str) -> list[Prediction]:
    """The predictions of a run on two questions with options."""
    asked = ["evaluate", "--model", f"hf:{real_model}", "--data", write("own.jsonl", CHOICES), *options]
    assert run(*asked)["complete"]
    database = open_database(store)
    with database.reading() as session:
        [found] = runs.list_runs(session)
        stored = list(runs.predictions(session, found.run_id, "own"))
    database.close()
    assert len(stored) == len(CHOICES)
    return stored


def test_scores_of_a_real_model_equal_a_plain_forward_pass(store: str, real_model: Path, plain: "PlainModel") -> None:
    capital = "The capital of France is"
    pairs = [(capital, " Paris"), (capital, " Berlin, as everybody knows"), ("法国的首都是", "巴黎")]
    rows = [{"id": str(number), "context": one, "continuation": two} for number, (one, two) in enumerate(pairs)]
    asked = ["score", write("in.jsonl", rows), "out.jsonl", "--model", f"hf:{real_model}"]
    result = CliRunner().invoke(app, asked)
    assert result.exit_code == 0, result.output + str(result.exception)
    *lines, _ = [json.loads(line) for line in Path("out.jsonl").read_text(encoding="utf-8").splitlines()]
    for line, pair in zip(lines, pairs, strict=True):
        nats, tokens, greedy = plain.nats(*pair)
        assert line == {"id": line["id"], "ll": pytest.approx(nats, abs=1e-3), "tokens": tokens, "greedy": greedy}
    assert lines[0]["greedy"] and lines[0]["ll"] > lines[1]["ll"]
