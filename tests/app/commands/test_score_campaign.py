"""A campaign of scores on the command line: its creation, what is refused, and the leaderboard of its scores."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app.cli import app
from arena.campaigns.score_recording import ScoreInput
from arena.campaigns.service import RatingService
from storage.campaigns.campaigns import invite_raters, rater_ids
from storage.database.engine import open_database
from tests.app.compare_store import MODELS, fill
from tests.clocks import Clock
from tests.stores import open_store


@pytest.fixture
def store(tmp_path: Path) -> str:
    """A store with three models, six questions and an annotator."""
    path = str(tmp_path / "evenhand.db")
    database = open_store(Path(path))
    fill(database)
    database.close()
    return path


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--dimension", "overall", "--dimension", "Overall"], "each dimension once"),
        (["--scale", "3-3"], "2 to 10 steps"),
        (["--scale", "five"], "LOW-HIGH"),
        (["--label", "6=Superb"], "from 1 to 5"),
        (["--label", "Superb"], "STEP=TEXT"),
        (["--dimension", ""], "got an empty one"),
        (["--label", f"5=As good as {MODELS[0]}"], "hides the models"),
    ],
)
def test_a_scale_that_cannot_be_is_refused_in_one_sentence(store: str, options: list[str], sentence: str) -> None:
    result = run("campaign", "create", "Scores", "--kind", "satisfaction", *options, "--database", store)
    assert result.exit_code != 0
    assert sentence in " ".join(f"{result.output} {result.exception}".split())


def test_scores_rank_by_dimension_with_what_could_not_be_judged(store: str) -> None:
    options = ("--dimension", "overall", "--dimension", "Tone", "--label", "5=Excellent", "--database", store)
    assert run("campaign", "create", "Scores", "--kind", "satisfaction", *options).exit_code == 0
    database = open_database(store)
    tokens = iter(range(1000))
    rating = RatingService(database, clock=Clock(), mint=lambda: f"t{next(tokens)}")
    with database.writing() as session:
        (rater,) = rater_ids(session, 1)
        invite_raters(session, 2, [rater])
    opened = rating.open_ballots(rater)
    number = 0
    while opened.current is not None:
        given = {"overall": 5 if number % 3 else 3, "Tone": None if number % 2 else 4}
        opened = rating.rate(rater, opened.current.token, ScoreInput([given]))
        number += 1
    database.close()
    assert number == 18
    found = json.loads(run("rank", "--method", "satisfaction", "--json", "--database", store).output)
    lines = {(one["model"], one["dimension"]): one for one in found["scores"]}
    assert len(lines) == 6
    overall = [lines[name, "overall"] for name in MODELS]
    assert sum(one["scores"] for one in overall) == 18
    assert sum(one["satisfied"] * one["scores"] for one in overall) == pytest.approx(12)
    assert sum(number for one in overall for _, number in one["distribution"]) == 18
    assert sum(lines[name, "Tone"]["cannot_judge"] for name in MODELS) == 9
    shown = run("rank", "--method", "satisfaction", "--database", store).output
    assert "Scores by dimension" in shown
    assert "Satisfied: scores from 75% of the scale on" in " ".join(shown.split())
    quality = run("campaign", "quality", "Scores", "--database", store).output
    assert "ratings" in quality and not any(word in quality for word in ("votes", "left %", "majority")), quality
    report = run("raters", "show", "ann", "--campaign", "Scores", "--database", store).output
    assert "median seconds per rating" in report and "vote" not in report, report


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))
