"""Campaigns from the command line, from imported questions to the people who voted."""

from pathlib import Path

import pytest

from storage.campaigns.campaigns import campaign_named, guidelines
from storage.database.engine import open_database
from tests.app.commands.conftest import Console, fill


@pytest.fixture(scope="module")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a store with three questions, each answered by two models, and two people."""
    keys = ("one", "two", "three")
    questions = [
        {"source": "own", "key": key, "turns": [f"Say {key}."], "language": "en", "category": "language"}
        for key in keys
    ]
    responses = [
        {"source": "own", "question": key, "model": model, "turns": [f"{key}!"]}
        for key in keys
        for model in ("Swift", "Heron")
    ]
    folder = tmp_path_factory.mktemp("stock")
    fill(folder, {"questions": questions, "responses": responses}, "raters add ann", "raters add bo")
    return folder


@pytest.fixture
def stocked(console: Console, stock: Path) -> Console:
    """A console beside a copy of the stock."""
    return console.beside(stock)


def test_a_new_campaign_is_open_and_knows_how_many_votes_it_wants(stocked: Console) -> None:
    made = stocked("campaign create 'First campaign' --overlap 2")
    assert made.code == 0, made.err
    (row,) = stocked("campaign list --json").json["campaigns"]
    assert (row["name"], row["state"], row["models"], row["questions"]) == ("First campaign", "open", 2, 3)
    assert (row["pairs"], row["verdicts wanted"], row["voted"]) == (3, 6, 0)
    assert "First campaign" in stocked("campaign list").out
    stocked("campaign create Sample --questions 2")
    assert stocked("campaign list --json").json["campaigns"][1]["questions"] == 2


def test_raters_are_let_in_by_name_and_once(stocked: Console) -> None:
    stocked("campaign create Pilot")
    assert "added 1 rater; already in it: 0." in stocked("campaign add-raters Pilot ann").out
    assert "added 1 rater; already in it: 1." in stocked("campaign add-raters 1 ann bo").out
    shown = stocked("campaign show Pilot --json").json
    assert [row["rater"] for row in shown["raters"]] == ["ann", "bo"]
    assert stocked("campaign add-raters Pilot nobody").code == 1


@pytest.mark.parametrize(("word", "state"), [("pause", "paused"), ("close", "closed"), ("resume", "open")])
def test_the_state_of_a_campaign_follows_the_command(word: str, state: str, stocked: Console) -> None:
    stocked("campaign create Pilot")
    assert stocked(f"campaign {word} Pilot").out == f"Pilot is {state} now.\n"
    assert stocked("campaign show 1 --json").json["state"] == state


def test_an_invitation_to_a_campaign_leads_into_it(stocked: Console) -> None:
    stocked("campaign create Pilot")
    link = stocked("raters invite --campaign Pilot")
    assert link.code == 0
    assert link.out.startswith("http://127.0.0.1:7860/invite/")


def test_guidelines_come_from_a_file(stocked: Console) -> None:
    (stocked.folder / "rules.md").write_text("# 规则\nBe fair.", encoding="utf-8")
    assert stocked("campaign create Pilot --guidelines rules.md").code == 0
    assert stocked("campaign create Other --guidelines missing.md").code == 1
    (stocked.folder / "latin.md").write_bytes("é".encode("latin-1"))
    assert "UTF-8" in stocked("campaign create Other --guidelines latin.md").err


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("campaign create ''", "expected a name for the campaign"),
        ("campaign create Pilot", "'Pilot' exists already"),
        ("campaign create Swift", "hides the models"),
        ("campaign create New --overlap 0", "overlap of 1 or more"),
        ("campaign create New --policy nonsense", "expected a pairing policy among"),
        ("campaign create New --uniform-share 0", "expected a uniform share"),
        ("campaign create New --model Crow", "no model 'Crow'"),
        ("campaign create New --model Swift", "at least two models"),
        ("campaign create New --language zh", "expected questions with a text"),
        ("campaign show Nothing", "no campaign 'Nothing'"),
        ("campaign pause Nothing", "no campaign 'Nothing'"),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence_and_makes_nothing(line: str, said: str, stocked: Console) -> None:
    stocked("campaign create Pilot")
    ran = stocked(line)
    assert (ran.code, ran.out) == (1, "")
    assert said in ran.err
    assert ran.err.count("\n") == 1
    assert len(stocked("campaign list --json").json["campaigns"]) == 1


def test_erasing_an_account_keeps_its_line_but_not_its_name(stocked: Console) -> None:
    stocked("campaign create Pilot")
    stocked("campaign add-raters Pilot ann")
    assert stocked("raters erase ann --yes").code == 0
    (row,) = stocked("campaign show Pilot --json").json["raters"]
    assert row["voted"] == 0
    assert row["rater"] != "ann"


def test_new_guidelines_get_the_next_number(stocked: Console) -> None:
    stocked("campaign create Pilot")
    (stocked.folder / "rules.md").write_text("# 规则\nBe fair.", encoding="utf-8")
    for version in (2, 3):
        ran = stocked("campaign guidelines Pilot rules.md")
        assert (ran.code, ran.out) == (0, f"Pilot: the guidelines are at version {version} now.\n"), ran.err
    database = open_database("evenhand.db")
    with database.reading() as session:
        assert campaign_named(session, "Pilot").guidelines_version == 3
        assert guidelines(session, 1, 3) == "# 规则\nBe fair."
    database.close()


@pytest.mark.parametrize(
    ("text", "said"),
    [("Mind that heron is long-winded.", "hides the models"), (" \n", "is empty"), (None, "check the path")],
)
def test_guidelines_that_cannot_be_shown_make_no_version(text: str | None, said: str, stocked: Console) -> None:
    stocked("campaign create Pilot")
    if text is not None:
        (stocked.folder / "rules.md").write_text(text, encoding="utf-8")
    ran = stocked("campaign guidelines Pilot rules.md")
    assert (ran.code, ran.out, ran.err.count("\n")) == (1, "", 1)
    assert said in ran.err
    (stocked.folder / "good.md").write_text("Be fair.", encoding="utf-8")
    assert "version 2" in stocked("campaign guidelines Pilot good.md").out


def test_raters_are_taken_out_by_name_all_of_them_or_none(stocked: Console) -> None:
    stocked("campaign create Pilot")
    stocked("campaign add-raters Pilot ann bo")
    assert stocked("campaign remove-raters Pilot ann nobody").code == 1
    assert len(stocked("campaign show Pilot --json").json["raters"]) == 2
    assert stocked("campaign remove-raters 1 ann").out == "Pilot: removed 1 rater; not in it: 0.\n"
    assert stocked("campaign remove-raters Pilot ann bo").out == "Pilot: removed 1 rater; not in it: 1.\n"
    assert stocked("campaign show Pilot --json").json["raters"] == []


def test_a_live_campaign_needs_no_import_and_makes_the_store(console: Console) -> None:
    made = console('campaign live "Live arena" --model wren --model finch --prompt "Why is the sky blue?"')
    assert (made.code, "Created live campaign 1, Live arena." in made.out) == (0, True), made.err
    (listed,) = console("campaign list --json").json["campaigns"]
    assert listed["name"] == "Live arena"
    refused = console("campaign live Second --model wren")
    assert refused.code == 1
    assert "expected" in refused.err
    (console.folder / "rules.md").write_text("Be fair.", encoding="utf-8")
    assert console("campaign live Third --model wren --model finch --guidelines rules.md").code == 0
    database = open_database("evenhand.db")
    with database.reading() as session:
        third = campaign_named(session, "Third")
        assert guidelines(session, 2, third.guidelines_version) == "Be fair."
    database.close()
    refused = console("campaign live Fourth --model wren --model finch --guidelines missing.md")
    assert (refused.code, "expected guidelines in 'missing.md'" in refused.err) == (1, True)
