"""CPU of the server from key press to next pair, against a bare FastAPI POST that writes the same rows.

    python -m tests.benchmarks.vote_path                 # SQLite, 5 rounds of 400 votes
    python -m tests.benchmarks.vote_path --rounds 9

Both servers run in their own process on 127.0.0.1 over a store of their own (WAL, synchronous=FULL) and are
driven in turns by the same client with one vote at a time. The bare one checks nothing, chooses nothing and
renders nothing: it inserts one preference, one ledger batch and one ballot, updates two ballots, commits, and
returns HTML that was rendered before. What is counted is user and system time of the server process.
"""

import argparse
import http.client
import itertools
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

N_MODELS, N_QUESTIONS, N_RATERS, WARM_UP = 4, 120, 6, 900
COOKIE = "evenhand_session"
UVICORN: dict[str, Any] = {"host": "127.0.0.1", "log_level": "error", "access_log": False, "timeout_keep_alive": 600}
TEXT = (
    "## Heading {n}\n\nA paragraph with **bold** words, `code` and $x^2 + y^2$.\n\n"
    "| a | b |\n|---|---|\n| 1 | 2 |\n\n```python\ndef f(x):\n    return x + {n}\n```\n\n" + "More plain text. " * 60
)
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def fill(url: str) -> list[str]:
    """A store with questions, responses, one open campaign and signed-in raters; returns their cookies."""
    from arena.campaigns.creation import CampaignPlan, create_campaign
    from storage.accounts.raters import NewPerson, add_person
    from storage.accounts.sign_ins import open_sign_in
    from storage.campaigns.campaigns import invite_raters
    from storage.database.engine import open_database
    from storage.database.tables import Model, Question, Response
    from storage.values import as_turn, digest

    database = open_database(url)
    now = datetime.now(UTC)
    cookies = [f"cookie-{i}" for i in range(N_RATERS)]
    with database.writing() as session:
        models = [Model(name=f"model-{i}") for i in range(N_MODELS)]
        questions = [
            Question(source="bench", key=str(i), turns=[as_turn(f"Question {i}?")], created_at=now)
            for i in range(N_QUESTIONS)
        ]
        session.add_all([*models, *questions])
        session.flush()
        session.add_all(
            Response(
                question_id=int(question.id or 0),
                model_id=int(model.id or 0),
                turns=[as_turn(TEXT.format(n=i * N_MODELS + j))],
                settings_digest="0" * 64,
                created_at=now,
            )
            for i, question in enumerate(questions)
            for j, model in enumerate(models)
        )
        session.flush()
        campaign = create_campaign(session, CampaignPlan(name="bench", overlap=10_000), now=now)
        raters = [add_person(session, NewPerson(f"rater{i}", "-", f"key{i}"), now=now) for i in range(N_RATERS)]
        invite_raters(session, campaign, raters)
        for cookie, rater in zip(cookies, raters, strict=True):
            open_sign_in(session, digest(cookie), rater, now=now)
    database.close()
    return cookies


def serve_evenhand(url: str, port: int) -> None:
    """The real application."""
    import uvicorn

    from app.site_wiring import make_web
    from storage.database.engine import open_database

    uvicorn.run(make_web(open_database(url)), port=port, **UVICORN)


def serve_bare(url: str, port: int) -> None:
    """The limit: a POST that writes the same rows and returns HTML rendered before."""
    import uvicorn
    from fastapi import FastAPI
    from pydantic import BaseModel
    from sqlalchemy import insert, update

    from app.rendering.html import Renderer
    from storage.database.columns import table_of
    from storage.database.engine import open_database
    from storage.database.ledger_tables import Ledger, Preference
    from storage.database.tables import Ballot

    database = open_database(url)
    side = Renderer().render(TEXT.format(n=1))
    ballot, preference, ledger = table_of(Ballot), table_of(Preference), table_of(Ledger)
    numbers = itertools.count(1)
    application = FastAPI()

    class BenchmarkVote(BaseModel):
        token: str
        choice: str
        seconds: float
        showing: str | None = None

    @application.post("/api/vote")
    def vote(vote: BenchmarkVote) -> dict[str, Any]:
        number = next(numbers)
        now = datetime.now(UTC)
        fresh = {
            "id": number + 2, "campaign_id": 1, "rater_id": 1, "question_id": 1, "response_a_id": 1,
            "response_b_id": 2, "swapped": False, "probability": 0.5, "policy": "deficit", "policy_version": 1,
            "guidelines_version": 1, "token": f"{number:043d}", "state": "reserved", "reserved_at": now,
            "expires_at": now + timedelta(minutes=10), "occasion": number, "undos": 0,
        }  # fmt: skip
        verdict = {
            "position": number, "rater_id": 1, "question_id": 1, "model_a_id": 1, "model_b_id": 2,
            "response_a_id": 1, "response_b_id": 2, "winner": vote.choice, "seconds": vote.seconds, "blind": True,
            "ballot_id": number, "created_at": now,
        }  # fmt: skip
        batch = {
            "first_position": number, "last_position": number, "kind": "preference", "digest": "0" * 64,
            "written_at": now,
        }  # fmt: skip
        with database.writing() as session:
            session.execute(insert(preference), verdict)
            session.execute(insert(ledger), batch)
            closed = update(ballot).where(ballot.c.id == number)
            session.execute(closed.values(state="voted", closed_at=now, flag=None))
            shown = update(ballot).where(ballot.c.id == number + 1)
            session.execute(shown.values(state="shown", expires_at=now, shown_at=now))
            session.execute(insert(ballot), fresh)
        pair = {"token": fresh["token"], "question": side, "left": side, "right": side, "recorded": None}
        return {
            "recorded": vote.choice, "repeated": False, "progress": {"done": number, "total": 9}, "next": pair,
            "current": {"token": vote.token}, "finished": False, "can_undo": True,
        }  # fmt: skip

    with database.writing() as session:
        for number, state in ((1, "shown"), (2, "reserved")):
            row = {
                "id": number, "campaign_id": 1, "rater_id": 1, "question_id": 1, "response_a_id": 1,
                "response_b_id": 2, "swapped": False, "probability": 0.5, "policy": "deficit", "policy_version": 1,
                "guidelines_version": 1, "token": state, "state": state, "reserved_at": NOW, "expires_at": NOW,
                "occasion": -number, "undos": 0,
            }  # fmt: skip
            session.execute(insert(ballot), row)
    uvicorn.run(application, port=port, **UVICORN)


class Client:
    """One browser's worth of requests over a kept-alive connection."""

    def __init__(self, port: int, cookie: str) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.headers = {
            "Content-Type": "application/json",
            "Origin": f"http://127.0.0.1:{port}",
            "Cookie": f"{COOKIE}={cookie}",
        }

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        self.connection.request("POST", path, json.dumps(body), self.headers)
        reply = self.connection.getresponse()
        content = reply.read()
        if reply.status != http.client.OK:
            raise SystemExit(f"{path} answered {reply.status}: {content[:200]!r}")
        found: dict[str, Any] = json.loads(content)
        return found


def voter(client: Client, *, is_bare: bool) -> Callable[[], None]:
    """A function that votes once and remembers the next pair."""
    ballots = {"current": {"token": "shown"}, "next": {"token": "reserved"}}
    if not is_bare:
        ballots = client.post("/api/compare", {"campaign": None})

    def vote() -> None:
        body = {
            "token": ballots["current"]["token"],
            "choice": "model_a",
            "seconds": 3.5,
            "showing": ballots["next"]["token"],
        }
        reply = client.post("/api/vote", body)
        ballots["current"], ballots["next"] = ballots["next"], reply["next"]

    return vote


def cpu_seconds(process: "subprocess.Popen[bytes]") -> float:
    """User and system time of a process so far."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def server(kind: str, url: str, port: int) -> Iterator["subprocess.Popen[bytes]"]:
    """A server process that answers."""
    process = subprocess.Popen([sys.executable, "-m", "tests.benchmarks.vote_path", "serve", kind, url, str(port)])
    try:
        for _ in range(600):
            if process.poll() is not None:
                raise SystemExit(f"the {kind} server ended while starting")
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            try:
                connection.request("GET", "/healthz")
                connection.getresponse().read()
            except OSError:
                time.sleep(0.1)
            else:
                break
            finally:
                connection.close()
        yield process
    finally:
        process.terminate()
        process.wait(20)


def measure(rounds: int, votes: int) -> None:
    """Drive both servers in turns and print CPU and wall time per vote, and the ratio."""
    figures: dict[str, list[tuple[float, float]]] = {"bare": [], "evenhand": []}
    with tempfile.TemporaryDirectory() as folder:
        urls = {kind: f"sqlite:///{folder}/{kind}.db" for kind in figures}
        cookies = {kind: fill(url) for kind, url in urls.items()}
        with server("bare", urls["bare"], 17871) as bare, server("evenhand", urls["evenhand"], 17872) as ours:
            processes = {"bare": bare, "evenhand": ours}
            clients = {
                "bare": [voter(Client(17871, cookies["bare"][0]), is_bare=True)],
                "evenhand": [voter(Client(17872, cookie), is_bare=False) for cookie in cookies["evenhand"]],
            }
            for kind, voters in clients.items():
                for turn in range(WARM_UP):
                    voters[turn % len(voters)]()
                print(f"{kind}: warm after {WARM_UP} votes", file=sys.stderr)
            for _ in range(rounds):
                for kind, voters in clients.items():
                    start, began = cpu_seconds(processes[kind]), time.perf_counter()
                    for turn in range(votes):
                        voters[turn % len(voters)]()
                    wall = (time.perf_counter() - began) / votes
                    figures[kind].append(((cpu_seconds(processes[kind]) - start) / votes, wall))
    print("| server | CPU ms per vote (median, range) | wall ms per vote |\n|---|---|---|")
    for kind, pairs in figures.items():
        cpu = sorted(1000 * one for one, _ in pairs)
        wall = statistics.median(1000 * one for _, one in pairs)
        print(f"| {kind} | {statistics.median(cpu):.2f} ({cpu[0]:.2f} to {cpu[-1]:.2f}) | {wall:.2f} |")
    for kind, pairs in figures.items():
        print(kind, [round(1000 * one, 2) for one, _ in pairs], file=sys.stderr)
    ratios = [ours / bare for (ours, _), (bare, _) in zip(figures["evenhand"], figures["bare"], strict=True)]
    print(f"\nratio evenhand : bare = {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})")


def main() -> None:
    """Serve or measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", nargs="*", default=["measure"])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--votes", type=int, default=400)
    given = parser.parse_args()
    if given.what[0] == "serve":
        _, kind, url, port = given.what
        {"bare": serve_bare, "evenhand": serve_evenhand}[kind](url, int(port))
    else:
        measure(given.rounds, given.votes)


if __name__ == "__main__":
    main()
