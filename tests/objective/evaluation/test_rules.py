"""Stored runs are scored again by newer rules, and an output without an answer is never scored as one."""

import asyncio
import math
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.models.local_chat import LocalChat
from judging.chat.model import ChatRequest, ChatSettings, RequestError
from objective.causes import CauseCode, read_cause
from objective.engine.loading.revision import check_folder
from objective.evaluation.plan import EvaluationSettings, PromptContext, plan_task
from objective.evaluation.run import rescore, scored_run, summarize_runs
from objective.request import GeneratedText, GenerateRequest
from objective.task import Template
from storage.database.engine import Database
from storage.errors import BadInput, NotFound
from tests.clocks import Clock
from tests.objective.evaluation.test_run import (
    cells,
    database,  # noqa: F401  a fixture
    evaluation,
    right,
    run,
    task,
)
from tests.objective.fakes import ScriptedBackend


def test_newer_rules_rescore_a_stored_run_without_its_model(
    database: Database,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = evaluation(task("t"))
    run(database, asked, ScriptedBackend(right))
    assert scored_run(database, asked) == 1
    monkeypatch.setattr("objective.evaluation.plan.SCORER", "another")
    monkeypatch.setattr("objective.evaluation.plan.task_content.__kwdefaults__", {"scorer": "another"})
    with pytest.raises(NotFound, match="use --stage score"):
        scored_run(database, asked)
    assert rescore(database, asked, now=Clock(step=timedelta(seconds=1))) == 1
    assert cells(summarize_runs(database, [1], ())) == {"t accuracy": "100.00"}
    assert scored_run(database, asked) == 1


def test_a_run_interrupted_before_scoring_has_no_table(database: Database) -> None:  # noqa: F811
    asked = evaluation(task("t"))
    with pytest.raises(KeyboardInterrupt):
        run(database, asked, ScriptedBackend(right, break_after=2))
    with pytest.raises(NotFound, match="use --stage score"):
        scored_run(database, asked)


def test_an_unfinished_thinking_block_from_the_template_is_unparsed(database: Database) -> None:  # noqa: F811
    template = Template("Q: {question}\n{options}\nA: <think>")
    thinking = evaluation(task("t", templates={"": template}))
    summary = run(database, thinking, ScriptedBackend(lambda _: "The answer is A"))
    assert (summary.results[0].unparsed, summary.results[0].value) == (4, 0.0)
    ended = run(database, replace(thinking, reuse=False), ScriptedBackend(lambda _: "The answer is B</think>A"))
    assert cells(ended)["t accuracy"] == "50.00"


def test_likelihoods_that_are_not_numbers_are_failures(database: Database) -> None:  # noqa: F811
    summary = run(database, evaluation(task("p", "ppl")), ScriptedBackend(likelihood=lambda context, option: math.nan))
    assert cells(summary)["p accuracy"] == "-"
    assert summary.results[0].failed == 4
    assert read_cause(summary.results[0].cause or "").code == CauseCode.no_likelihoods


def test_examples_are_dropped_for_the_option_with_most_tokens_not_most_characters() -> None:
    """`yyyy` is one word, `一 二` has fewer characters and counts as two; with an example it does not fit."""
    pool = (replace(task().items[0], key="e", question="another"),)
    items = tuple(replace(item, options=("yyyy", "1 2")) for item in task().items[:1])
    asked = task("p", "ppl", items=items, pool=pool, shots=1, options_as="text")
    plan = plan_task(asked, EvaluationSettings(), PromptContext(count=lambda text: len(text.split())), revision="r")
    most = max(len((plan.items[0].prompt.text + option).split()) for option in plan.items[0].prompt.options)
    context = PromptContext(count=lambda text: len(text.split()), room=most - 1)
    (ask,) = plan_task(asked, EvaluationSettings(), context, revision="r").items
    assert ask.prompt.dropped == 1


def test_a_folder_without_weights_or_tokenizer_is_rejected(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="a model folder, found none"):
        check_folder(str(tmp_path / "none"), None)
    for name, lacks in (("config.json", "config"), ("model.safetensors", "weights"), ("tokenizer.json", "tokenizer")):
        with pytest.raises(BadInput, match=lacks):
            check_folder(str(tmp_path), None)
        (tmp_path / name).touch()
    check_folder(str(tmp_path), None)


class _EchoTokenizer:
    chat_template = "{{ messages }}"

    def apply_chat_template(self, messages: list[dict[str, str]], **_: Any) -> str:
        return messages[0]["content"]


class _RefusingBackend:
    """Rejects batches with the word `bad`."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def generate(self, requests: Sequence[GenerateRequest]) -> Iterator[tuple[int, tuple[GeneratedText, ...]]]:
        if any("bad" in request.prompt for request in requests):
            raise self._error
        for place, request in enumerate(requests):
            yield place, (GeneratedText(request.prompt, "end", 1, 1),)


def _answers(error: Exception) -> list[Any]:
    async def ask() -> list[Any]:
        chat = LocalChat(_RefusingBackend(error), _EchoTokenizer(), ExitStack(), seconds=lambda: 0.0)  # type: ignore[arg-type]
        settings = ChatSettings(0.0, 5, 1.0, 0, ())
        asked = [ChatRequest("m", [{"role": "user", "content": text}], settings, 0) for text in ("a", "bad", "c")]
        return await asyncio.wait_for(
            asyncio.gather(*(chat.ask(request) for request in asked), return_exceptions=True), timeout=30
        )

    return [one if isinstance(one, RequestError) else one.text for one in asyncio.run(ask())]


def test_a_request_that_a_local_model_rejects_fails_alone() -> None:
    first, refused, last = _answers(BadInput("too long"))
    assert (first, last) == ("a", "c")
    assert str(refused) == "too long"


def test_an_error_of_a_local_model_reaches_every_waiting_request() -> None:
    assert all("RuntimeError: out of memory" in str(one) for one in _answers(RuntimeError("out of memory")))
