"""Every example of the help texts does what it says, in a folder that holds what it names."""

import json
import shutil
from dataclasses import asdict
from pathlib import Path

import pytest

from app.wiring import clock
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
NEED_A_MODEL = {
    "evaluate",
    "grade",
    "judge canaries",
    "judge collect",
    "judge recipe",
    "judge submit",
    "probe",
    "score",
}
"""Run with a model, an endpoint or a benchmark's files in tests of their own."""
NEEDS_A_PICTURE = {"store erase-picture"}
"""Names a picture by its digest; `test_store` erases one."""
NEEDS_A_PAUSE = {"campaign go-on"}
"""Needs a rater whom a rule has paused; `test_campaign_quality` and the tests of the rules lift such pauses."""
BEFORE = {
    "campaign change": 'campaign gold "First campaign" gold.jsonl',
    "store restore": "store backup monday.db",
    "raters revoke": "raters invite",
}
"""The command that makes what an example needs."""

NAMES = {"models merge": ("GPT-4", "gpt4", "gpt-4")}
"""Models that the examples of `evenhand models` need; `gpt4` where none are given."""


def strict(_prompt: str) -> str:
    return "[[B]]"


def lenient(_prompt: str) -> str:
    return "[[A]]"


@pytest.fixture(scope="module")
def prepared(example_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the example's store, two accounts, a campaign, and files to import."""
    folder = tmp_path_factory.mktemp("prepared")
    shutil.copy(example_store, folder / "evenhand.db")
    database = open_database(str(folder / "evenhand.db"))
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
    gold = {"question": "lang-01", "model_a": "Kestrel-32B", "model_b": "Siskin-1B", "winner": "model_a"}
    (folder / "gold.jsonl").write_text(json.dumps(gold), encoding="utf-8")
    (folder / "guidelines.md").write_text("Which answer is better?", encoding="utf-8")
    (folder / "votes.jsonl").write_text(json.dumps(vote), encoding="utf-8")
    return folder


@pytest.mark.parametrize("words", sorted(EXAMPLES.keys() - SERVERS - NEED_A_MODEL - NEEDS_A_PICTURE - NEEDS_A_PAUSE))
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
    if words in BEFORE:
        assert (made := console(BEFORE[words])).code == 0, made.err
    if words == "store verify":
        (console.folder / "board.json").write_text(console("rank --json").out, encoding="utf-8")
    ran = console(with_own_names(words, console))
    assert ran.code == 0, ran.err
    assert ran.out


def with_own_names(words: str, console: Console) -> str:
    """The example with the numbers and names that this store gave."""
    example = EXAMPLES[words]
    if words == "models undo":
        return example.replace("1204", str(changed(console)))
    if words == "raters revoke":
        (invitation,) = console("raters invitations --json").json["invitations"]
        return example.replace("3f9a02c1d4", invitation["invitation"])
    if words == "campaign decide":
        (name,) = {row["name"] for row in console("campaign list --json").json["campaigns"]} - {"First campaign"}
        pair = console("campaign disagreements --json", name).json["pairs"][0]
        shown = f"{pair['question']} {pair['model_a']} {pair['model_b']}"
        return example.replace("First campaign", name).replace("q7 finch wren", shown)
    return example


def changed(console: Console) -> int:
    """Rename a model, and return the number of the change."""
    assert console("models rename gpt4 gpt-4").code == 0
    return int(json.loads(console("models changes --json").out)["changes"][0]["position"])
