"""A campaign of scores on published Chinese responses, from import to leaderboard, rated by keys in Chromium."""

import gzip
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from app.cli import app
from app.site_wiring import make_web
from app.web.accounts.accounts import Credentials
from app.web.serving import serving
from app.wiring import make_accounts
from storage.campaigns.campaigns import invite_raters
from storage.database.engine import Database, open_database
from storage.values import Role
from tests.app.compare_store import PASSWORD
from tests.app.ui.rate.test_rate_page import Session
from tests.conftest import PATIENCE_MS
from tests.stores import make_store

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.chromium

RATED = 5
"""Responses that are rated by keys."""


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code == 0, result.output
    return result.stdout


def published(folder: Path) -> list[dict[str, Any]]:
    """200 responses with a score from 1 to 5 each, half of them to questions with a reference."""
    found = []
    for path in sorted((folder / "subjective" / "alignbench_human_pointwise").glob("*.jsonl.gz")):
        lines = gzip.decompress(path.read_bytes()).decode().splitlines()
        found += [
            {**json.loads(line), "key": f"{path.name.split('_')[2]}-{number}"} for number, line in enumerate(lines)
        ]
    return found


def write(path: Path, rows: list[dict[str, Any]]) -> str:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return str(path)


def bring(store: str, folder: Path, rows: list[dict[str, Any]]) -> None:
    """Import questions, responses and published scores through the command line."""
    same = {"source": "alignbench"}
    questions = [{**same, "key": row["key"], "turns": [row["question"]], "category": row["category"]} for row in rows]
    responses = [{**same, "question": row["key"], "model": row["model"], "turns": [row["response"]]} for row in rows]
    scores = [
        {**same, "row_key": row["key"], "question": row["key"], "model": row["model"], "rater": "published"}
        | {"rater_kind": "judge", "dimension": "overall", "score": row["human_score"], "scale_low": 1, "scale_high": 5}
        for row in rows
    ]
    for kind, lines in (("questions", questions), ("responses", responses), ("satisfaction", scores)):
        run("import", kind, write(folder / f"{kind}.jsonl", lines), "--database", store)


def rate(session: Session, scores: dict[str, int]) -> list[int]:
    """Rate as many responses as `RATED` with the score that was published, rounded, and return the scores."""
    given = []
    for _ in range(RATED):
        session.ready()
        question = str(session.page.inner_text("#ev-rate [data-part=question]"))
        response = str(session.page.inner_text("#ev-rate .ev-answer"))
        shown = squeezed(question)[:40] + squeezed(response)[:20]
        score = scores[shown]
        session.press(str(score))
        session.send()
        given.append(score)
    return given


def squeezed(text: str) -> str:
    """The letters and digits of a text, since formatting changes the rest."""
    return "".join(filter(str.isalnum, text))


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return open_database(str(make_store(tmp_path / "evenhand.db")))


def test_our_scores_stand_beside_the_published_ones(
    database: Database, tmp_path: Path, shared_data: Path, browser: "Browser"
) -> None:
    store, rows = str(tmp_path / "evenhand.db"), published(shared_data)
    bring(store, tmp_path, rows)
    run("campaign", "create", "中文满意度", "--kind", "satisfaction", "--label", "5=非常满意", "--database", store)
    rater = make_accounts(database).add(Credentials("lin", PASSWORD), role=Role.annotator, language="zh")
    with database.writing() as session:
        invite_raters(session, 1, [rater])
    known = {squeezed(row["question"])[:40] + squeezed(row["response"])[:20]: round(row["human_score"]) for row in rows}
    with serving(make_web(database)) as url:
        page = browser.new_context(viewport={"width": 1280, "height": 800}, locale="zh-CN").new_page()
        page.set_default_timeout(PATIENCE_MS)
        visit = Session(page, url, database, rater)
        visit.begin()
        assert "总体" in page.inner_text("#ev-rate .rt-name")
        given = rate(visit, known)
        page.screenshot(path=tmp_path / "rate.png")
        page.context.close()
    database.close()
    found = json.loads(run("rank", "--method", "satisfaction", "--json", "--database", store))
    assert sum(line["scores"] for line in found["scores"]) == RATED
    mean = sum(line["mean"] * line["scores"] for line in found["scores"]) / RATED
    assert mean == pytest.approx(sum((score - 1) / 4 for score in given) / RATED * 100)
    sides = found["people_and_judges"]
    assert sum(line["responses"] for line in sides) == RATED
    assert all(abs(line["people"] - line["judges"]) <= 12.5 for line in sides)  # half a step: some are not whole
    print(*(f"{one['model']}: ours {one['people']:.1f}, published {one['judges']:.1f}" for one in sides), sep="\n")
