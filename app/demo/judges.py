"""Example judges with made-up replies, which are parsed, stored and counted like real ones.

One compares pairs in both orders, prefers the first response and sometimes gives no verdict; one scores single
responses. Their names say that they are made up.
"""

import asyncio
import random
from collections.abc import Callable
from datetime import datetime
from typing import Final

import numpy as np

from app.wiring import seconds
from arena.simulation import SimulatedRater
from judging.chat.batch import BatchClient, BatchLimits, Environment, Price
from judging.chat.model import Reply
from judging.prompts.prompt_file import bundled_prompt_folders, read_prompts
from judging.run.items import all_pairs, make_items, single_responses
from judging.run.judge import Judge, JudgeItem
from judging.run.judge_run import make_plan, run_plan
from judging.run.rendering import RenderedRequest
from judging.run.replay import scripted_model
from storage.database.engine import Database
from storage.judges.judgeable import Scope, judgeable
from storage.judges.judgments import QuestionTexts
from storage.questions.model_names import model_names
from storage.values import Language, Winner

COMPARING: Final = "Example judge, made up"
SCORING: Final = "Example scorer, made up"
_FIRST_PLACE_SHARE = 0.12
_UNDECIDED_SHARE = 0.03
_MARKERS = {Winner.model_a: "[[A]]", Winner.model_b: "[[B]]", Winner.tie: "[[C]]", Winner.both_bad: "[[C]]"}
_REPLY = {
    "en": "Both responses do part of what was asked. Weighing strengths and faults, this is my verdict.\n{}",
    "zh": "两个回答都完成了部分要求。权衡优缺点后，我的结论如下。\n{}",
}
_UNDECIDED_REPLY = {
    "en": "It depends on what the reader needs; neither response is better.",
    "zh": "取决于具体需要，很难说哪个更好。",
}
_TOKENS = (310, 42)
"""Prompt and completion tokens of an example call."""


def judge_example(
    database: Database, rater: SimulatedRater, *, clock: Callable[[], datetime], generator: np.random.Generator
) -> None:
    """Run the example judges on all responses of the store.

    Args:
        database: a store with the example's questions and responses.
        rater: simulated rater whose preferences both judges share.
        clock: clock of the example.
        generator: source of randomness.
    """
    with database.reading() as session:
        responses = judgeable(session, Scope())
        names = model_names(session)
    prompts = read_prompts([*bundled_prompt_folders()])
    pairs = ("pair-3", "pair-3-zh", "pair-3-turns", "pair-3-turns-zh")
    singles = ("single-10", "single-10-zh", "single-10-turns", "single-10-turns-zh")

    def compare(item: JudgeItem, ask: RenderedRequest, texts: QuestionTexts) -> Reply:
        left, right = (names[item.models[place]] for place in ask.places)
        language: Language = "zh" if texts.language == "zh" else "en"
        chance = generator.random()
        if chance < _UNDECIDED_SHARE:
            return _reply(_UNDECIDED_REPLY[language])
        decision = rater.decide(str(texts.category), left=left, right=right, language=language, rng=generator)
        choice = Winner.model_a if chance > 1.0 - _FIRST_PLACE_SHARE else decision.choice or Winner.tie
        return _reply(_REPLY[language].format(_MARKERS[choice]))

    def score(item: JudgeItem, _ask: RenderedRequest, texts: QuestionTexts) -> Reply:
        language: Language = "zh" if texts.language == "zh" else "en"
        strength = rater.qualities.strengths[names[item.models[0]]] + rater.taste[names[item.models[0]]]
        mark = float(np.clip(np.round(6.0 + (strength - 1000.0) / 80.0 + generator.normal(0.0, 1.2)), 1, 10))
        return _reply(_REPLY[language].format(f"[[{mark:g}]]"))

    for name, chosen, items, answer in (
        (SCORING, singles, make_items(single_responses(responses)), score),
        # The judge that compares comes last, so that the Judges page opens with one that people can be set against.
        (COMPARING, pairs, make_items(all_pairs(responses)), compare),
    ):
        judge = Judge("made up", [prompts[one] for one in chosen], "example", name=name)
        plan = make_plan(database, judge, items, price=Price())
        model = scripted_model(database, judge, items, answer)
        environment = Environment(asyncio.sleep, random.Random(0), seconds)  # noqa: S311
        asking = BatchClient(model, limits=BatchLimits(), price=Price(), environment=environment)
        asyncio.run(run_plan(database, plan, asking, clock=clock))


def _reply(text: str) -> Reply:
    return Reply(text, "stop", "made up", *_TOKENS)
