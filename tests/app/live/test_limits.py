"""Limits: places at a model, and conversations of one address."""

import asyncio

import pytest

from app.web.live.address_limit import WINDOW_SECONDS, AddressLimit
from app.web.live.slots import Slots
from arena.live.records import TooManyConversations
from tests.clocks import Clock


def test_who_finds_no_place_waits_in_order_and_knows_the_place() -> None:
    async def queue() -> None:
        slots, loop = Slots(1), asyncio.get_running_loop()
        tickets = [loop.create_future() for _ in range(3)]
        tasks = [asyncio.create_task(slots.take(ticket)) for ticket in tickets]
        await asyncio.wait([tasks[0]])
        assert [slots.place(ticket) for ticket in tickets] == [0, 1, 2]
        tasks[1].cancel()
        await asyncio.wait([tasks[1]])
        assert slots.place(tickets[2]) == 1
        slots.give_back()
        await asyncio.wait([tasks[2]])
        assert slots.place(tickets[2]) == 0

    asyncio.run(queue())


def test_who_leaves_with_a_place_or_on_the_way_to_one_takes_it_from_nobody() -> None:
    async def queue() -> None:
        slots, loop = Slots(1), asyncio.get_running_loop()
        tickets = [loop.create_future() for _ in range(4)]
        tasks = [asyncio.create_task(slots.take(ticket)) for ticket in tickets]
        await asyncio.wait([tasks[0]])
        tasks[1].cancel()
        slots.give_back()  # before the one who left is out of the queue
        assert tickets[2].done() and slots.place(tickets[3]) > 0
        tasks[2].cancel()  # the place was given, and not yet taken
        await asyncio.wait(tasks[1:])
        assert tasks[1].cancelled() and tasks[2].cancelled() and tasks[3].result() is None
        slots.give_back()
        await asyncio.wait_for(slots.take(loop.create_future()), 10.0)

    asyncio.run(queue())


def test_an_address_begins_so_many_conversations_in_an_hour() -> None:
    clock = Clock()
    limit = AddressLimit(salt=b"salt", seconds=clock.seconds, most=2)
    for _ in range(2):
        limit.take("192.0.2.1")
    with pytest.raises(TooManyConversations):
        limit.take("192.0.2.1")
    limit.take("192.0.2.2")
    clock.forward(seconds=WINDOW_SECONDS + 1)
    limit.take("192.0.2.1")
