"""Studies from the command line, from imported material to who voted."""

import pytest

from tests.app.commands.conftest import Console


@pytest.fixture
def stocked(console: Console) -> Console:
    """A store with three questions, each answered by two models, and two people."""
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
    console.write("questions.jsonl", *questions)
    console.write("responses.jsonl", *responses)
    for line in ("import questions questions.jsonl", "import responses responses.jsonl"):
        assert console(line).code == 0
    for name in ("ann", "bo"):
        assert console(f"raters add {name}").code == 0
    return console


def test_a_new_study_is_open_and_knows_how_many_verdicts_it_wants(stocked: Console) -> None:
    made = stocked("campaign create 'First study' --overlap 2")
    assert made.code == 0, made.err
    (row,) = stocked("campaign list --json").json["campaigns"]
    assert (row["name"], row["state"], row["models"], row["questions"]) == ("First study", "open", 2, 3)
    assert (row["pairs"], row["verdicts wanted"], row["voted"]) == (3, 6, 0)
    assert "First study" in stocked("campaign list").out


def test_raters_are_let_in_by_name_and_once(stocked: Console) -> None:
    stocked("campaign create Study")
    assert "1 added, 0 in it already" in stocked("campaign add-raters Study ann").out
    assert "1 added, 1 in it already" in stocked("campaign add-raters 1 ann bo").out
    shown = stocked("campaign show Study --json").json
    assert [row["rater"] for row in shown["raters"]] == ["ann", "bo"]
    assert stocked("campaign add-raters Study nobody").code == 1


@pytest.mark.parametrize(("word", "state"), [("pause", "paused"), ("close", "closed"), ("resume", "open")])
def test_the_state_of_a_study_follows_the_command(word: str, state: str, stocked: Console) -> None:
    stocked("campaign create Study")
    assert stocked(f"campaign {word} Study").out == f"Study is {state} now.\n"
    assert stocked("campaign show 1 --json").json["state"] == state


def test_an_invitation_to_a_study_leads_into_it(stocked: Console) -> None:
    stocked("campaign create Study")
    link = stocked("raters invite --campaign Study")
    assert link.code == 0
    assert link.out.startswith("http://127.0.0.1:7860/invite/")


def test_guidelines_come_from_a_file(stocked: Console) -> None:
    (stocked.folder / "rules.md").write_text("# 规则\nBe fair.", encoding="utf-8")
    assert stocked("campaign create Study --guidelines rules.md").code == 0
    assert stocked("campaign create Other --guidelines missing.md").code == 1
    (stocked.folder / "latin.md").write_bytes("é".encode("latin-1"))
    assert "UTF-8" in stocked("campaign create Other --guidelines latin.md").err


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("campaign create ''", "expected a name for the campaign"),
        ("campaign create Study", "'Study' exists already"),
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
    stocked("campaign create Study")
    ran = stocked(line)
    assert (ran.code, ran.out) == (1, "")
    assert said in ran.err
    assert ran.err.count("\n") == 1
    assert len(stocked("campaign list --json").json["campaigns"]) == 1


def test_erasing_an_account_keeps_its_line_but_not_its_name(stocked: Console) -> None:
    stocked("campaign create Study")
    stocked("campaign add-raters Study ann")
    assert stocked("raters erase ann --yes").code == 0
    (row,) = stocked("campaign show Study --json").json["raters"]
    assert row["voted"] == 0
    assert row["rater"] != "ann"
