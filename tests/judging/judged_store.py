"""A small store of questions and responses, and judges that follow a script."""

import asyncio
import random
import re
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from judging.chat.batch import BatchClient, BatchLimits, Environment, Price
from judging.chat.model import ChatModel, ChatRequest, Reply, RequestCause, RequestError
from judging.prompts.messages import message_text
from judging.prompts.prompt_file import JudgePrompt, bundled_prompt_folders, read_prompts
from judging.run.judge import Judge, JudgeItem
from judging.run.judge_run import RunTally, make_plan, run_plan
from judging.run.plan import JudgePlan
from storage.database.engine import Database
from storage.questions.questions import QuestionText, add_questions, add_responses, ensure_models, settings_digest
from storage.values import ResponseState, as_turn
from tests.clocks import Clock

NOW = datetime(2026, 3, 1, tzinfo=UTC)
PROMPTS = read_prompts([*bundled_prompt_folders()])


def prompts(*names: str) -> list[JudgePrompt]:
    return [PROMPTS[name] for name in names]


def fill(
    database: Database,
    *,
    questions: int = 4,
    models: Sequence[str] = ("m1", "m2", "m3"),
    turns: int = 1,
    text: Callable[[int, str], str] = lambda number, model: f"answer {number} of {model}",
    language: str = "en",
    reference: bool = False,
) -> None:
    """Questions q0, q1, … with one response of each model."""
    with database.writing() as session:
        ids = add_questions(
            session,
            [
                QuestionText(
                    "test",
                    f"q{number}",
                    [as_turn(f"question {number} turn {turn}") for turn in range(1, turns + 1)],
                    category="code" if number % 2 else "knowledge",
                    language=language,
                    reference=[f"reference {number}"] * turns if reference else None,
                )
                for number in range(questions)
            ],
            now=NOW,
        )
        names = ensure_models(session, models)
        rows = [
            {
                "question_id": question,
                "model_id": names[model],
                "turns": [as_turn(f"{text(number, model)}{f' turn {turn}' if turns > 1 else ''}")
                          for turn in range(1, turns + 1)],
                "settings": {},
                "settings_digest": settings_digest({}),
                "sample": 0,
                "state": ResponseState.ok,
                "created_at": NOW,
            }
            for number, question in enumerate(ids)
            for model in models
        ]  # fmt: skip
        add_responses(session, rows)


class ScriptedJudge:
    """Answers by a function of the prompt's text, and records the requests."""

    def __init__(self, answer: Callable[[str], str | RequestCause], *, die_after: int | None = None) -> None:
        self.answer, self.die_after = answer, die_after
        self.asked: list[str] = []

    async def ask(self, request: ChatRequest) -> Reply:
        self.asked.append(request.digest)
        if self.die_after is not None and len(self.asked) > self.die_after:
            raise RuntimeError("died")
        await asyncio.sleep(0)
        answer = self.answer(message_text(request.messages[-1]))
        if isinstance(answer, RequestCause):
            raise RequestError(answer, f"scripted to fail with {answer}")
        return Reply(answer, "stop", "scripted-1", 100, 10, 0.01)


def answers(prompt: str) -> list[str]:
    """The fenced responses of a prompt, in the order they are shown."""
    return re.findall(r"<<<response\w* \w+\n(.*?)\n\w+ response\w*>>>", prompt, re.DOTALL)


def ticking() -> Clock:
    """A clock that moves by a second before each reading."""
    return Clock(NOW, step=timedelta(seconds=1))


async def no_wait(_seconds: float) -> None:
    await asyncio.sleep(0)


def make_client(model: ChatModel, *, limits: BatchLimits | None = None, price: Price | None = None) -> BatchClient:
    world = Environment(no_wait, random.Random(1), time.monotonic)
    return BatchClient(
        model, limits=limits or BatchLimits(concurrency=(4, 4)), price=price or Price(), environment=world
    )


def run(
    database: Database,
    judge: Judge,
    items: Sequence[JudgeItem],
    model: ChatModel,
    *,
    limits: BatchLimits | None = None,
    price: Price | None = None,
    again: bool = False,
) -> tuple[JudgePlan, RunTally]:
    plan = make_plan(database, judge, items, price=price or Price(), again=again)
    client = make_client(model, limits=limits, price=price)
    return plan, asyncio.run(run_plan(database, plan, client, clock=ticking()))
