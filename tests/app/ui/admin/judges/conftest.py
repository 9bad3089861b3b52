"""A filled site with judges, and what its Judges page shows."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from app.ui.judges.page import JudgesPage
from app.ui.judges.reader import JudgesReader
from tests.app.admin_site import asking
from tests.app.judged_site import STORE, JudgedSite, judged_site
from tests.judging.judged_store import answers

TAG = re.compile(
    r"<(script|img|iframe|svg|style|link|form|button|object|video|audio|base|meta|marquee)\b", re.IGNORECASE
)
STANDING = (
    "SELECT {} FROM void WHERE reverses IS NULL AND position NOT IN "
    "(SELECT reverses FROM void WHERE reverses IS NOT NULL) ORDER BY position"
)
ALL = ("", "", "", "")
"""What the filters below the type of judgment send when they say "all"."""


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store without judgments."""
    folder = tmp_path_factory.mktemp("filled")
    with judged_site(folder):
        pass
    return folder / STORE


@pytest.fixture
def site(filled: Path, tmp_path: Path) -> Iterator[JudgedSite]:
    """Four questions (knowledge and code by turns), three models: twelve pairs."""
    shutil.copy(filled, tmp_path / STORE)
    with judged_site(tmp_path) as built:
        yield built


def shown(answer: Any) -> str:
    """All HTML of an answer."""
    return "\n".join(part for part in (answer if isinstance(answer, tuple) else (answer,)) if isinstance(part, str))


def change(part: Any) -> dict[str, Any]:
    """The changes of a component update."""
    return dict(part.constructor_args)


def show(site: JudgedSite, selected: int | None = None, *, by: str = "rev") -> tuple[Any, ...]:
    answer: tuple[Any, ...] = JudgesPage(site.services).show(asking(by), None if selected is None else str(selected))
    return answer


def examine(site: JudgedSite, selected: int, *, by: str = "rev") -> tuple[Any, ...]:
    answer: tuple[Any, ...] = JudgesPage(site.services).examine(asking(by), str(selected))
    return answer


def listed(site: JudgedSite, selected: int, *sent: str) -> tuple[Any, ...]:
    answer: tuple[Any, ...] = JudgesReader(site.services).show(asking("rev"), str(selected), *(sent or ("", *ALL)))
    return answer


def opened(site: JudgedSite, position: int, *, by: str = "rev") -> str:
    answer: str = JudgesReader(site.services).open(asking(by), str(position))
    return answer


def positions(page: str) -> list[int]:
    return [int(found) for found in re.findall(r'data-adm-judgment="(\d+)"', page)]


def rows(site: JudgedSite, statement: str) -> list[tuple[Any, ...]]:
    with site.database.reading() as session:
        return [tuple(row) for row in session.connection().execute(text(statement))]


def first_is_m1(prompt: str) -> str:
    return "[[A]]" if "of m1" in answers(prompt)[0] else "[[B]]"


# Progress
