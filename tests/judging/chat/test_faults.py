"""With a third of all replies broken in every known way, every item ends in the right state."""

import asyncio
import json
import random
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from judging.chat.batch import BatchClient, BatchLimits, Environment, Price
from judging.chat.endpoint import Endpoint, EndpointAccess
from judging.chat.retrying import RetryPolicy
from judging.run.items import all_pairs, make_items
from judging.run.judge import Judge
from judging.run.judge_run import make_plan, run_plan
from storage.database.engine import Database
from storage.judges.judgeable import Scope, judgeable
from storage.ledger.chain import broken_batches
from tests.judging.chat_server import ChatServer, chat_server
from tests.judging.judged_store import answers, fill, no_wait, prompts
from tests.stores import open_store

FAULTS = ("429", "500", "hang", "cut", "empty body", "broken JSON", "wrong schema", "drip")
"""Transient faults; `never` below is a request that always fails."""


class FaultyEndpoint:
    """Breaks a request at its first attempts, as a seeded coin decides, and refuses some for ever."""

    def __init__(self) -> None:
        self.attempts: Counter[str] = Counter()
        self.broken: Counter[str] = Counter()

    def __call__(self, prompt: str) -> str | int:
        key = json.dumps(prompt)
        coin = random.Random(key)
        self.attempts[key] += 1
        if "question 7 " in prompt:
            return 400
        if coin.random() < 0.3 and self.attempts[key] <= coin.randint(1, 3):
            fault = coin.choice(FAULTS)
            self.broken[fault] += 1
            return int(fault) if fault.isdigit() else f"fault {fault}"
        one, two = answers(prompt)
        return "[[A]]" if one < two else "[[B]]"


async def judge(database: Database, server: ChatServer, *, attempts: int) -> Counter[str]:
    with database.reading() as session:
        items = make_items(all_pairs(judgeable(session, Scope())))
    plan = make_plan(database, Judge("m", prompts("pair-3"), "salt", name="house"), items, price=Price())
    endpoint = Endpoint(EndpointAccess(server.url, "k", timeout_seconds=0.3), seconds=time.monotonic)
    limits = BatchLimits(concurrency=(16, 32), retry=RetryPolicy(attempts=attempts))
    client = BatchClient(
        endpoint, limits=limits, price=Price(), environment=Environment(no_wait, random.Random(1), time.monotonic)
    )
    try:
        tally = await run_plan(database, plan, client, clock=lambda: datetime.now(UTC))
    finally:
        await endpoint.close()
    return tally.causes if tally.outcomes["failed"] else tally.outcomes


@pytest.mark.parametrize("attempts", [2, 5])
def test_nothing_is_lost_stored_twice_or_paid_for_twice(tmp_path: Path, attempts: int) -> None:
    database = open_store(tmp_path / "evenhand.db")
    fill(database, questions=25, models=("m1", "m2", "m3"), text=lambda number, model: f"question {number} {model}")
    faulty = FaultyEndpoint()
    with chat_server() as server:
        server.script = faulty
        first = asyncio.run(judge(database, server, attempts=attempts))
        broken = dict(faulty.broken)
        again = asyncio.run(judge(database, server, attempts=5))
        again = asyncio.run(judge(database, server, attempts=5)) if attempts == 2 else again
    assert set(broken) == set(FAULTS), "every fault occurred"
    assert first["rejected"] == 3, "what is refused for good is not asked again, and is no tie"
    assert again == {"rejected": 3}
    with database.reading() as session:
        connection = session.connection()
        standing = "FROM judgement WHERE position NOT IN (SELECT voids FROM void)"
        counted = connection.execute(text(f"SELECT state, COUNT(*) {standing} GROUP BY state"))
        states = {str(state): int(count) for state, count in counted}
        paid = connection.execute(
            text(
                "SELECT COUNT(*), COUNT(DISTINCT request_digest) FROM judge_call"
                " WHERE reply IS NOT NULL AND json_extract(verdict, '$.attempts') > 0"
            )
        ).one()
        assert list(broken_batches(session)) == []
    assert states == {"scored": 72, "failed": 3}
    assert tuple(paid) == (144, 144), "one paid reply for each request that can be answered"
    answered = Counter(key for key in faulty.attempts if "question 7 " not in key)
    assert len(answered) == 144
    database.close()
