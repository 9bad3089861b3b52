"""What asking a model changes for a whole process: put back on every way out, also with several runs at once."""

import asyncio
import gc
import random
import sys
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from app.models.asking import run_asking
from judging.chat.batch import BatchClient, BatchLimits, Environment, Price
from tests.clocks import Clock


def settings() -> tuple[tuple[int, int, int], int, float]:
    return gc.get_threshold(), gc.get_freeze_count(), sys.getswitchinterval()


def ask(work: Callable[[BatchClient], Awaitable[object]]) -> object:
    world = Environment(asyncio.sleep, random.Random(0), Clock().seconds)
    return run_asking(object, work, limits=BatchLimits(), price=Price(), world=world)  # type: ignore[arg-type]


def test_the_interpreter_is_as_before_after_a_run_and_after_an_error() -> None:
    before = settings()
    during = []

    async def work(client: BatchClient) -> None:
        during.append(settings())

    async def fails(client: BatchClient) -> None:
        raise KeyboardInterrupt

    ask(work)
    assert settings() == before
    assert during[0][0] != before[0]
    assert during[0][1] > 0
    assert during[0][2] < before[2]
    with pytest.raises(KeyboardInterrupt):
        ask(fails)
    assert settings() == before


def test_runs_that_overlap_leave_the_settings_of_before_the_first() -> None:
    before = settings()
    first_in, second_in, first_out = Barrier(2), Barrier(2), Barrier(2)

    async def begins_first(client: BatchClient) -> None:
        first_in.wait(10)
        second_in.wait(10)

    async def ends_last(client: BatchClient) -> None:
        second_in.wait(10)
        first_out.wait(10)

    def first() -> None:
        ask(begins_first)
        first_out.wait(10)

    with ThreadPoolExecutor(2) as threads:
        one = threads.submit(first)
        first_in.wait(10)
        other = threads.submit(ask, ends_last)
        one.result(20)
        other.result(20)
    assert settings() == before


def test_what_somebody_else_has_frozen_stays_frozen() -> None:
    was_frozen = gc.get_freeze_count() > 0
    gc.freeze()

    async def work(client: BatchClient) -> None:
        return None

    try:
        ask(work)
        assert gc.get_freeze_count() > 0
    finally:
        if not was_frozen:
            gc.unfreeze()
