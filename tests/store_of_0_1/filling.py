"""Fill a store through commands and services, with a fixed clock, fixed tokens and scripted replies."""

import contextlib
import io
import json
import random
import re
import shlex
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from app.cli import main
from app.demo import fill_demo
from app.wiring import make_accounts
from arena.desk import Desk, Verdict
from arena.voting import Voting
from storage import ledger, preferences
from storage.campaigns import campaign_named
from storage.database import Database, open_database
from storage.raters import person_named
from storage.values import FlagReason, SkipReason, Winner
from tests.judging.chat_server import completion
from tests.judging.judged_store import answers
from tests.objective.words import Scripted
from tests.store_of_0_1 import commands

BEGAN = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class Clock:
    """Advances by one second per call."""

    def __init__(self) -> None:
        self.moment = BEGAN

    def __call__(self) -> datetime:
        self.moment += timedelta(seconds=1)
        return self.moment

    def now(self, _zone: object) -> datetime:
        """Replaces `datetime.now`."""
        return self()


@contextmanager
def the_same_each_time() -> Iterator[Clock]:
    """Replace clocks and sources of randomness."""
    clock, seconds = Clock(), [0.0]
    salts, tokens, noise = (random.Random(seed) for seed in (13, 14, 15))

    def monotonic() -> float:
        seconds[0] += 0.125
        return seconds[0]

    with ExitStack() as stack:
        for name, new in (
            ("app.wiring.clock", clock),
            ("app.wiring.mint", lambda: salts.randbytes(32).hex()),
            ("app.commands.rank._now", clock),
            ("app.commands.evaluate._now", clock),
            ("app.commands.campaign.datetime", clock),
            ("app.asking.time", SimpleNamespace(monotonic=monotonic)),
            ("app.judge_demo.time", SimpleNamespace(monotonic=monotonic)),
            ("secrets.token_urlsafe", lambda n=32: tokens.randbytes(n).hex()),
            ("secrets.token_hex", lambda n=32: tokens.randbytes(n).hex()),
            ("os.urandom", noise.randbytes),
        ):
            stack.enter_context(patch(name, new))
        yield clock


def reply(model: str, said: str) -> str | int:
    """Return the reply of a model at the endpoint, or the HTTP status of its failure."""
    draw = zlib.crc32("\n".join(answers(said) or [said]).encode())
    if model == "faulty" and draw % 3 == 0:
        return 400
    if model in ("tern", "faulty") and not answers(said):
        return ("A" if "A." in said or "A)" in said else f"Short answer number {draw % 90}.") if draw % 7 else "…"
    if '{"' in said:
        return scores_reply(said, draw)
    if len(answers(said)) == 1:
        return "I would rather not." if draw % 9 == 0 else f"Right so far.\n[[{1 + draw % 10}]]"
    return pair_reply(answers(said))


def scores_reply(said: str, draw: int) -> str:
    """Score every dimension or number that the prompt names; sometimes leave one out."""
    found = re.findall(r"^(?:- ([\w ]+): |=== (\d+) )", said, re.MULTILINE)
    names = [dimension or number for dimension, number in found] + ["overall"] * any(one for one, _ in found)
    scores = {name: 1 + (draw + 3 * place) % 10 for place, name in enumerate(names[draw % 8 == 0 :])}
    return f"One after the other.\n{json.dumps(scores)}"


def pair_reply(shown: list[str]) -> str:
    """Decide a pair by checksum: some are ties, some depend on the order, some cannot be parsed."""
    together = sum(zlib.crc32(one.encode()) for one in shown) % 11
    odd = {0: "[[C]]", 1: "[[A]]", 2: "Both are fine.", 3: "It is [[A]] or [[B]]."}
    if together in odd:
        return f"Weighing both.\n{odd[together]}"
    return "Weighing both.\n" + ("[[A]]" if zlib.crc32(shown[0].encode()) < zlib.crc32(shown[1].encode()) else "[[B]]")


@contextmanager
def endpoint(*, refuses: bool = False) -> Iterator[list[str]]:
    """Serve the endpoint at its address and yield the list of prompts; `refuses` answers 400 to all."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            asked.append(body["messages"][-1]["content"])
            said = 400 if refuses else reply(body["model"], asked[-1])
            failed = isinstance(said, int)
            told = {"error": {"message": "told to fail"}} if isinstance(said, int) else completion(said)
            out = json.dumps(told).encode()
            self.send_response(400 if failed else 200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(out)))
            self.end_headers()
            self.wfile.write(out)

        def log_message(self, *_: Any) -> None:
            """Print nothing."""

    port = int(commands.ENDPOINT.rsplit(":", 1)[1].split("/")[0])
    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield asked
    finally:
        server.shutdown()
        server.server_close()


def run(line: str, *more: str, ends_with: tuple[int, ...] = (0,)) -> str:
    """Run a command in the input folder and return its standard output."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main([*shlex.split(line), *more])
    if code not in ends_with:
        raise RuntimeError(f"{line} ended with {code}: {out.getvalue()}{err.getvalue()}")
    return out.getvalue()


def fill(url: str, clock: Clock) -> None:
    """Fill an empty store; the endpoint must be running and `inputs` be the working directory."""
    database = open_database(url)
    fill_demo(database, make_accounts(database), now=clock() + timedelta(days=8), readable_passwords=True)
    database.close()
    clock.moment += timedelta(days=9)
    for line in commands.BEFORE_VOTING:
        run(line, "--database", url)
    database = open_database(url)
    vote(database, clock)
    leave_out(database, clock)
    database.close()
    for line in commands.AFTER_VOTING:
        run(line, "--database", url)
    for line in commands.ASKING:
        more = [] if ":" in line.split()[3] else ["--concurrency", "1"]
        run(line, *more, "--database", url, ends_with=(0, 1))
    for line in commands.REREADING:
        run(line, "--database", url, ends_with=(0, 1))
    backend = Scripted(lambda prompt: "ABCD"[zlib.crc32(prompt.encode()) % 4])
    with patch("app.commands.evaluate._opened", lambda *_: backend):
        for line in commands.EVALUATING:
            run(line, "--concurrency", "1", "--database", url)
    run(commands.BROKEN_EVALUATION, "--concurrency", "1", "--database", url, ends_with=(1,))
    for line in commands.RANKING:
        run(line, "--database", url)


def vote(database: Database, clock: Clock) -> None:
    """Cast votes of every kind, and leave ballots in every state."""
    chance = random.Random(17)
    voting = Voting(database, clock=clock, mint=lambda: chance.randbytes(16).hex())
    with database.reading() as session:
        number, last = (campaign_named(session, name).id for name in ("House questions", "A single pair"))
        ids = {name: person_named(session, name).rater_id for name in ("ann", "bob", "eve", "zoe", "gone")}

    def closes(name: str, close: Callable[[str], Desk], campaign: int | None = number) -> None:
        pair = voting.open(ids[name], campaign).current
        assert pair is not None, f"nothing is left for {name}"
        voting.shown(ids[name], pair.token)
        close(pair.token)

    def votes(name: str, winner: Winner, **more: Any) -> None:
        closes(name, lambda token: voting.vote(ids[name], token, Verdict(winner, **more)))

    votes("ann", Winner.model_a, seconds=12.5, comment="Clear, and right.", strength=2)
    votes("ann", Winner.tie, seconds=4.0)
    votes("ann", Winner.both_bad, seconds=3.25, flag=FlagReason.broken, comment="一半没有显示")
    votes("ann", Winner.model_b, seconds=6.0, comment="At first sight.")
    voting.undo(ids["ann"], number)
    votes("ann", Winner.model_a, seconds=9.0, comment="On second thoughts.")
    closes("bob", lambda token: voting.skip(ids["bob"], token, SkipReason.cannot_judge, comment="Too far afield."))
    for winner in (Winner.model_b, Winner.both_bad, Winner.tie):
        votes("bob", winner, seconds=5.5)
    voting.undo(ids["bob"], number)
    votes("gone", Winner.model_a, comment="To be erased.")
    votes("gone", Winner.model_b)
    closes("gone", lambda token: voting.skip(ids["gone"], token, SkipReason.offensive, flag=FlagReason.offensive))
    votes("eve", Winner.model_b, seconds=2.0)
    voting.open(ids["eve"], last)
    clock.moment += timedelta(days=2)
    closes("ann", lambda token: voting.vote(ids["ann"], token, Verdict(Winner.tie)), last)
    voting.open(ids["eve"], last)
    voting.open(ids["ann"], number)
    voting.open(ids["zoe"], number)


def leave_out(database: Database, clock: Clock) -> None:
    """Void rows and exclude raters and questions, and take one of each back."""
    with database.reading() as session:
        rows = {
            kind: [int(row[0]) for row in session.connection().exec_driver_sql(statement)]
            for kind, statement in (
                ("votes", "SELECT position FROM preference WHERE source = 'panel' ORDER BY position"),
                ("scores", "SELECT position FROM satisfaction WHERE source = 'panel' ORDER BY position"),
                ("judged", "SELECT position FROM judgement WHERE source = 'elsewhere' ORDER BY position"),
                ("raters", "SELECT id FROM rater WHERE source = 'panel' ORDER BY id"),
                ("questions", "SELECT id FROM question WHERE source = 'house' ORDER BY id"),
            )
        }
        actor = person_named(session, "admin").rater_id
    more: dict[str, Any] = {"actor_id": actor, "reason": "a test of voids"}
    for kind in ("votes", "scores", "judged"):
        for place in (1, 4):
            with database.writing() as session:
                stood = preferences.void(session, rows[kind][place], now=clock(), **more)
        back = more | {"voids": rows[kind][4], "reverses": stood, "created_at": clock()}
        with database.writing() as session:
            ledger.append(session, "void", [back], now=back["created_at"])
    targets: list[dict[str, Any]] = [{"rater_id": rows["raters"][0]}, {"question_id": rows["questions"][4]}]
    targets += [{"rater_id": rows["raters"][1]}, {"question_id": rows["questions"][0]}]
    for place, target in enumerate(targets):
        with database.writing() as session:
            preferences.exclude(session, now=clock(), **more, **target)
        if place > 1:
            with database.writing() as session:
                preferences.readmit(session, now=clock(), **more, **target)
