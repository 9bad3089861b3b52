"""A small store with people, a campaign and votes, and the requests that those people make."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import gradio as gr
from starlette.requests import Request

from app.rendering.html import Renderer
from app.ui.visitor import AdminServices
from app.web.accounts.accounts import Accounts
from app.web.accounts.passwords import Passwords
from app.web.accounts.throttle import Throttle
from app.wiring import mint
from arena.campaigns.open_ballots import VoteInput
from storage.accounts.raters import NewPerson, add_person, set_active, set_language
from storage.database.engine import Database
from storage.values import Role, Winner
from tests.arena.small_campaign import Arena, make_arena
from tests.clocks import START
from tests.stores import open_store

PEOPLE = {"root": Role.admin, "rev": Role.reviewer, "ann": Role.annotator, "gone": Role.admin}
"""Sign-in names with their roles; the account of `gone` is switched off."""


@dataclass
class AdminSite:
    """The services of the admin pages over a store in which a campaign runs.

    Attributes:
        services: what the pages work with.
        arena: the campaign, its imported raters and a voting service.
        people: rater ids by sign-in name.
        accounts: the accounts behind the services.
    """

    services: AdminServices
    arena: Arena
    people: dict[str, int]
    accounts: Accounts

    @property
    def database(self) -> Database:
        """The store."""
        return self.arena.database

    def speak(self, name: str, language: str) -> None:
        """Let a person read in a language."""
        with self.database.writing() as session:
            set_language(session, self.people[name], language)  # type: ignore[arg-type]

    def vote(self, rater: int, *, n: int = 100) -> int:
        """Let a rater of the campaign vote for the left side until nothing is left; returns the number of votes."""
        ballots, done = self.arena.voting.open_ballots(rater), 0
        while ballots.current is not None and done < n:
            ballots = self.arena.voting.vote(
                rater, ballots.current.token, VoteInput(Winner.model_a, seconds=7.0 + done)
            )
            done += 1
        return done


def asking(name: str | None, *, host: str = "eval.example") -> gr.Request:
    """A call by a person whom the mount has let in, or by nobody."""
    scope = {
        "type": "http",
        "method": "POST",
        "scheme": "https",
        "path": "/admin/gradio_api/queue/join",
        "root_path": "/admin",
        "query_string": b"",
        "headers": [(b"host", host.encode())],
        "server": (host, 443),
    }
    return gr.Request(request=Request(scope), username=name, session_hash="chosen-by-the-browser")


@contextmanager
def admin_site(folder: Path, *, n_models: int = 3) -> Iterator[AdminSite]:
    """A site in a folder, closed at the end."""
    database = open_store(folder / "evenhand.db")
    arena = make_arena(database, n_models=n_models)
    with database.writing() as session:
        people = {
            name: add_person(session, NewPerson(name, "no hash", f"key-{name}", role), now=START)
            for name, role in PEOPLE.items()
        }
        set_active(session, people["gone"], active=False)
    throttle = Throttle(salt=b"salt", seconds=lambda: 0.0)
    accounts = Accounts(database, clock=arena.clock, passwords=Passwords(), throttle=throttle)
    services = AdminServices(database=database, clock=arena.clock, accounts=accounts, renderer=Renderer(), mint=mint)
    yield AdminSite(services, arena, people, accounts)
    database.close()
