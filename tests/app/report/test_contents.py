"""What a report holds, and what never enters it."""

import csv
import hashlib
import re
from pathlib import Path

import orjson
import pyarrow.parquet as pq
import yaml
from PIL import Image

from app.report.wording import report_texts
from tests.app.report.rated_store import MODELS, PEOPLE, SECRETS
from tests.app.ui.test_texts import blanks

PAGES = ("index.html", "index.zh.html")


def contents(folder: Path) -> dict[str, str]:
    """The text of every file; Parquet is unpacked, because it stores texts compressed."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix == ".parquet":
            found[path.name] = str(pq.read_table(path).to_pylist()) + str(pq.read_schema(path))
        elif path.is_file():
            found[path.name] = path.read_bytes().decode(errors="replace")
    return found


def test_no_private_text_and_no_name_is_in_any_byte_of_a_report(made_report: Path) -> None:
    secrets = [*SECRETS, *(hashlib.sha256(name.encode()).hexdigest()[:12] for name in PEOPLE)]
    secrets.append(hashlib.sha256(b"Summarise the merger memo.").hexdigest()[:12])
    found = contents(made_report)
    assert len(found) > 60
    assert [(file, one) for file, text in found.items() for one in secrets if one in text] == []
    assert "Public question q1?" in found["questions.jsonl"]
    assert found["questions.jsonl"].count('"private"') == 1


def test_pages_ask_the_network_for_nothing_and_run_no_script(made_report: Path) -> None:
    for name in PAGES:
        page = (made_report / name).read_text(encoding="utf-8")
        assert "<script" not in page
        assert not re.search(r"url\(|@import", page)
        assert re.findall(r'(?:src|href)="(?!#|data:|[\w%./-]+")', page) == []
        assert re.findall(r'https?://(?!www\.w3\.org/2000/svg")', page) == []
        linked = set(re.findall(r'href="([\w./-]+)"', page))
        assert all((made_report / file).is_file() for file in linked)
        assert "Team &lt;b&gt;board&lt;/b&gt;" in page


def test_both_languages_have_the_same_numbers_and_parts(made_report: Path) -> None:
    english, chinese = ((made_report / name).read_text(encoding="utf-8") for name in PAGES)
    parts = re.findall(r'<section id="([a-z]+)"', english)
    assert parts == re.findall(r'<section id="([a-z]+)"', chinese)
    assert {
        "leaderboard",
        "pairs",
        "slices",
        "worlds",
        "decisions",
        "agreement",
        "bias",
        "methods",
        "data",
        "settings",
    } <= set(parts)
    cells = r'<td class="is-number">([^<(]*)</td>'
    # A cell without a number may say why in words.
    numbers = [[re.sub(r"^[^\d]+$", "", cell) for cell in re.findall(cells, page)] for page in (english, chinese)]
    assert numbers[0] == numbers[1] and any(numbers[0])


def test_every_text_exists_in_both_languages_with_the_same_blanks() -> None:
    english, chinese = report_texts("en"), report_texts("zh")
    assert list(english) == list(chinese)
    for key, sentence in english.items():
        assert blanks(sentence) == blanks(chinese[key]), key


def test_each_plot_is_an_svg_and_a_png_in_both_languages(made_report: Path) -> None:
    plots = made_report / "plots"
    keys = {path.name.split(".")[0] for path in plots.iterdir()}
    assert keys >= {"leaderboard_human", "leaderboard_judge", "win_rates", "worlds", "agreement", "bias"}
    for key in keys:
        assert (plots / f"{key}.en.svg").read_bytes().startswith(b"<svg")
        assert "var(" not in (plots / f"{key}.zh.svg").read_text(encoding="utf-8")
        with Image.open(plots / f"{key}.en.png") as picture:
            assert picture.width >= 400


def test_it_says_who_marked_the_answers(made_report: Path) -> None:
    rows = list(csv.DictReader((made_report / "tables" / "marking.csv").read_text(encoding="utf-8").splitlines()))
    found = {row["model"]: row for row in rows}
    graded = {"grader": "Grader-4B", "tasks": "1", "marked_by_rules": "70", "marked_by_grader": "25"}
    assert found["Robin-9B"].items() >= (graded | {"not_attempted": "0", "grader_failed": "5"}).items()
    assert found["Swift-3B"]["grader"] == found["Swift-3B"]["marked_by_grader"] == "", "no grader is not none of 100"
    english = (made_report / "index.html").read_text(encoding="utf-8")
    part = english[english.index('<section id="marking"') :]
    assert "All answers of other models were marked by rules: Lark-2B, Only-Evaluated" in part


def test_ratings_stand_beside_what_a_response_costs(made_report: Path) -> None:
    rows = list(csv.DictReader((made_report / "tables" / "costs.csv").read_text(encoding="utf-8").splitlines()))
    found = {row["model"]: row for row in rows}
    assert float(found["Swift-3B"]["mean_completion_tokens"]) == 200.0
    assert float(found["Swift-3B"]["mean_latency_seconds"]) == 3.0
    assert found["Swift-3B"]["price_per_thousand_responses"] == "", "a model without a listed price costs not nothing"
    assert (made_report / "plots" / "costs_mean_latency_seconds.en.svg").is_file()
    assert not list((made_report / "plots").glob("costs_price*"))


def test_the_rating_history_ends_at_the_leaderboard_and_is_drawn(made_report: Path) -> None:
    tables = made_report / "tables"
    history, board = (
        list(csv.DictReader((tables / f"{name}.csv").read_text(encoding="utf-8").splitlines()))
        for name in ("history", "leaderboard_human")
    )
    last = max(int(row["comparisons"]) for row in history)
    ends = {row["model"]: float(row["rating"]) for row in history if int(row["comparisons"]) == last}
    assert len({row["comparisons"] for row in history}) > 2
    assert ends == {row["model"]: float(row["rating"]) for row in board}
    for language, title in (("en", "Rating history"), ("zh", "评分变化")):
        drawn = (made_report / "plots" / f"history.{language}.svg").read_text(encoding="utf-8")
        assert all(model in drawn for model in ends)
        page = (made_report / ("index.html" if language == "en" else "index.zh.html")).read_text(encoding="utf-8")
        assert title in page


def test_each_judge_has_its_confusion_and_its_curve(made_report: Path) -> None:
    rates, confusion, curve = (
        orjson.loads((made_report / "tables" / f"{name}.json").read_bytes())
        for name in ("calibration", "calibration_confusion", "calibration_curve")
    )
    for row in rates:
        counts = [
            sum(one[f"said_{said}"] for said in ("left", "tie", "right"))
            for one in confusion
            if one["judge"] == row["judge"]
        ]
        assert sum(counts) == row["votes"]
        assert sum(one["votes"] for one in curve if one["judge"] == row["judge"]) == 2 * row["votes"]
    assert (made_report / "plots" / "calibration_curve_1.zh.png").is_file()


def test_tables_are_the_same_in_three_forms(made_report: Path) -> None:
    for path in (made_report / "tables").glob("*.json"):
        rows = orjson.loads(path.read_bytes())
        assert pq.read_table(path.with_suffix(".parquet")).to_pylist() == rows
        lines = path.with_suffix(".csv").read_text(encoding="utf-8").splitlines()
        assert lines[0].split(",") == list(rows[0])


def test_the_model_card_has_one_entry_for_each_model(made_report: Path) -> None:
    text = (made_report / "model-card.md").read_text(encoding="utf-8")
    index = yaml.safe_load(text.split("---")[1])["model-index"]
    assert {entry["name"] for entry in index} == set(MODELS)
    for entry in index:
        for result in entry["results"]:
            assert result["task"]["type"]
            assert result["dataset"].keys() == {"type", "name"}
            assert all(metric.keys() == {"type", "name", "value"} for metric in result["metrics"])


def test_settings_seed_versions_inputs_and_the_head_are_named(made_report: Path) -> None:
    facts = orjson.loads((made_report / "report.json").read_bytes())["facts"]
    assert re.fullmatch(r"\d+:[0-9a-f]{64}", facts["ledger_head"])
    assert facts["settings"] == {
        "method": "bradley-terry",
        "level": 0.95,
        "seed": 0,
        "assume_random": False,
        "texts": True,
    }
    assert {"evenhand", "python", "numpy", "scipy"} <= facts["versions"].keys()
    page = (made_report / "index.html").read_text(encoding="utf-8")
    assert facts["ledger_head"] in page
    assert "Private questions: 1." in page
