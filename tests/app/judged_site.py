"""A store that judges have judged, behind the admin pages: what the tests of the Judges tab begin with."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.rendering.html import Renderer
from app.ui.visitor import AdminServices
from app.web.accounts.accounts import Accounts
from app.web.accounts.passwords import Passwords
from app.web.accounts.throttle import Throttle
from app.wiring import mint
from judging.chat.batch import Price
from judging.chat.model import RequestCause
from judging.run.items import all_pairs, make_items, single_responses
from judging.run.judge import Judge, JudgeItem
from storage.accounts.raters import NewPerson, add_person, set_language
from storage.accounts.raters import people as all_people
from storage.database.engine import Database, open_database
from storage.judges.judgeable import Judgeable, Scope, judgeable
from storage.judges.replies import judges
from storage.values import Language, Role
from tests.clocks import Clock
from tests.judging.judged_store import NOW, ScriptedJudge, fill, prompts, run
from tests.stores import open_store

STORE = "evenhand.db"
SALT = "a-salt-that-nobody-may-see"
PEOPLE = {"root": Role.admin, "rev": Role.reviewer, "ann": Role.annotator}

Answer = Callable[[str], str | RequestCause]
Groups = Callable[[Sequence[Judgeable]], list[tuple[Judgeable, ...]]]


@dataclass
class JudgedSite:
    """The services of the admin pages over a store of four questions and three models.

    Attributes:
        services: what the pages work with.
        clock: of the pages; judges write by one of their own, which starts at the same moment.
        people: rater ids by sign-in name.
    """

    services: AdminServices
    clock: Clock
    people: dict[str, int]

    @property
    def database(self) -> Database:
        """The store."""
        return self.services.database

    def speak(self, name: str, language: Language) -> None:
        """Let a person read in a language."""
        with self.database.writing() as session:
            set_language(session, self.people[name], language)

    def judge_pairs(self, answer: Answer, *, n: int | None = None, name: str = "pairs", again: bool = False) -> int:
        """Let a judge compare the first `n` pairs, each in both orders; its rater id."""
        judge = Judge("judge-model", prompts("pair-3"), SALT, name=name)
        return self._judge(judge, make_items(all_pairs(self._responses())[:n]), answer, again=again)

    def judge_singles(self, answer: Answer, *, prompt: str = "single-10", n: int | None = None, name: str) -> int:
        """Let a judge score the first `n` responses; its rater id."""
        judge = Judge("judge-model", prompts(prompt), SALT, name=name)
        return self._judge(judge, make_items(single_responses(self._responses())[:n]), answer)

    def judge_items(self, judge: Judge, groups: Groups, answer: Answer) -> int:
        """Let any judge judge what `groups` makes of all responses; its rater id."""
        return self._judge(judge, make_items(groups(self._responses())), answer)

    def _responses(self) -> list[Judgeable]:
        with self.database.reading() as session:
            return list(judgeable(session, Scope()))

    def _judge(self, judge: Judge, items: list[JudgeItem], answer: Answer, *, again: bool = False) -> int:
        # In a thread: a browser test keeps an event loop in the main one.
        with ThreadPoolExecutor(1) as pool:
            pool.submit(
                run, self.database, judge, items, ScriptedJudge(answer), price=Price(1.0, 10.0), again=again
            ).result()
        with self.database.reading() as session:
            return next(one.rater_id for one in judges(session) if one.name == judge.identity.key)


@contextmanager
def judged_site(folder: Path, **changes: object) -> Iterator[JudgedSite]:
    """A site over the store in a folder, closed at the end; where there is none it is filled, with `changes`."""
    path, clock = folder / STORE, Clock(NOW)
    is_new = not path.exists()
    database = open_store(path) if is_new else open_database(str(path))
    if is_new:
        fill(database, **changes)  # type: ignore[arg-type]
        with database.writing() as session:
            for name, role in PEOPLE.items():
                add_person(session, NewPerson(name, "no hash", f"key-{name}", role), now=NOW)
    with database.reading() as session:
        people = {person.username: person.rater_id for person in all_people(session)}
    throttle = Throttle(salt=b"salt", seconds=lambda: 0.0)
    accounts = Accounts(database, clock=clock, passwords=Passwords(), throttle=throttle)
    services = AdminServices(database=database, clock=clock, accounts=accounts, renderer=Renderer(), mint=mint)
    yield JudgedSite(services, clock, people)
    database.close()
