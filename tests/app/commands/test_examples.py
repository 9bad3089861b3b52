"""Every example of the help texts does what it says, in a folder that holds what it names."""

import json
import shutil
from dataclasses import asdict
from pathlib import Path

import pytest

from app.demo.store import fill_demo
from app.wiring import clock, make_accounts
from arena.campaigns.creation import CampaignPlan, create_campaign
from judging.run.items import all_pairs, make_items
from judging.run.judge import Judge
from storage.database.engine import open_database
from storage.judges.judgeable import Scope, judgeable
from storage.seed.loading import load_questions, load_responses
from tests.app.commands.conftest import Console
from tests.app.commands.test_cli import COMMANDS
from tests.judging.judged_store import ScriptedJudge, prompts
from tests.judging.judged_store import run as judge_all

EXAMPLES = {words: str(command.epilog).removeprefix("Example: evenhand ") for words, command in COMMANDS.items()}
SERVERS = {"demo", "serve"}
"""These do not end by themselves; `test_serve` runs their examples."""
NEED_A_MODEL = {"evaluate", "score", "judge canaries", "judge collect", "judge recipe", "judge submit"}
"""Run with a model, an endpoint or a benchmark's files in tests of their own."""

NAMES = {"models merge": ("GPT-4", "gpt4", "gpt-4")}
"""Models that the examples of `evenhand models` need; `gpt4` where none are given."""


def strict(_prompt: str) -> str:
    return "[[B]]"


def lenient(_prompt: str) -> str:
    return "[[A]]"


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the example's store, two accounts, a campaign, and files to import."""
    folder = tmp_path_factory.mktemp("prepared")
    database = open_database(str(folder / "evenhand.db"))
    accounts = make_accounts(database)
    fill_demo(database, accounts, now=clock(), readable_passwords=True)
    with database.writing() as session:
        create_campaign(session, CampaignPlan("First campaign"), now=clock())
    with database.reading() as session:
        pairs = make_items(all_pairs(judgeable(session, Scope()))[:20])
    for name in ("strict", "lenient"):
        judge = Judge("scripted", prompts("pair-3", "pair-3-turns"), "salt", orders="given", name=name)
        judge_all(database, judge, pairs, ScriptedJudge({"strict": strict, "lenient": lenient}[name]))
    database.close()
    prompt = {"name": "mine", "type": "single", "system_prompt": "", "output_format": "[[rating]]"}
    prompt["prompt_template"] = "{question} {answer} [[rating]]"
    (folder / "judge_prompts.jsonl").write_text(json.dumps(prompt), encoding="utf-8")
    for name, rows in (("questions", load_questions()), ("responses", load_responses())):
        lines = (json.dumps(asdict(row), ensure_ascii=False) for row in rows)
        (folder / f"{name}.jsonl").write_text("\n".join(lines), encoding="utf-8")
    vote = {"model_a": "Swift", "model_b": "Heron", "winner": "model_a", "question_id": 1}
    (folder / "guidelines.md").write_text("Which answer is better?", encoding="utf-8")
    (folder / "votes.jsonl").write_text(json.dumps(vote), encoding="utf-8")
    return folder


@pytest.mark.parametrize("words", sorted(EXAMPLES.keys() - SERVERS - NEED_A_MODEL))
def test_the_example_in_the_help_works(words: str, prepared: Path, console: Console) -> None:
    shutil.copytree(prepared, console.folder, dirs_exist_ok=True)
    if words == "campaign create":
        (console.folder / "evenhand.db").unlink()
        for kind in ("questions", "responses"):
            assert console(f"import {kind} {kind}.jsonl").code == 0
    elif words.split(maxsplit=1)[0] in ("raters", "campaign") and words != "raters add":
        for name in ("ann", "bo"):
            assert console(f"raters add {name}").code == 0
    elif words.startswith("models"):
        vote = {"winner": "model_a", "question_id": 1, "model_b": "Heron"}
        votes = (json.dumps(vote | {"model_a": name}) for name in NAMES.get(words, ("gpt4",)))
        (console.folder / "names.jsonl").write_text("\n".join(votes), encoding="utf-8")
        assert console("import names.jsonl --rater-kind human").code == 0
    ran = console(EXAMPLES[words].replace("1204", str(changed(console)) if words == "models undo" else "1204"))
    assert ran.code == 0, ran.err
    assert ran.out


def changed(console: Console) -> int:
    """Rename a model, and return the number of the change."""
    assert console("models rename gpt4 gpt-4").code == 0
    return int(json.loads(console("models changes --json").out)["changes"][0]["position"])
