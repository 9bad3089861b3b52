"""Quality settings, gold items and the review of votes from the command line."""

from pathlib import Path

import pytest

from tests.app.commands.conftest import Console, fill

GOLD = {"question": "one", "model_a": "Swift", "model_b": "Heron", "winner": "model_b", "explanation": "It says one."}


@pytest.fixture(scope="module")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a store with a campaign over three questions, two models and one person in it."""
    keys = ("one", "two", "three")
    questions: list[dict[str, object]] = [{"source": "own", "key": key, "turns": [f"Say {key}."]} for key in keys]
    responses: list[dict[str, object]] = [
        {"source": "own", "question": key, "model": model, "turns": [f"{key}!"]}
        for key in keys
        for model in ("Swift", "Heron")
    ]
    folder = tmp_path_factory.mktemp("stock")
    rows = {"questions": questions, "responses": responses}
    fill(folder, rows, "raters add ann", "campaign create Pilot", "campaign add-raters Pilot ann")
    return folder


@pytest.fixture
def stocked(console: Console, stock: Path) -> Console:
    """A console beside a copy of the stock, and a file of gold items."""
    console.write("gold.jsonl", GOLD)
    return console.beside(stock)


def test_settings_of_a_campaign_are_made_shown_and_changed(stocked: Console) -> None:
    options = "--overlap 2 --overlap-share 0.5 --gold-share 0.2 --gold gold.jsonl --repeat-share 0.1 --max-votes 50"
    rules = "--deadline 2999-01-31T18:00 --pause-after 1 --pause-below 0.5 --pause-fast 6"
    assert stocked(f"campaign create Second {options} {rules}").code == 0
    shown = stocked("campaign show Second --json").json
    assert shown["settings"] == {
        "policy": "deficit", "overlap share": 0.5, "gold share": 0.2, "repeat share": 0.1, "repeat gap": 10,
        "max votes": 50, "deadline": "2999-01-31T18:00+00:00", "pause after": 1, "pause below": 0.5, "pause fast": 6,
        "ask strength": True, "onboarding feedback": False,
    }  # fmt: skip
    changed = stocked("campaign change Second --deadline none --pause-after 0 --pause-fast 0 --max-votes 0 --overlap 3")
    assert changed.code == 0, changed.err
    assert "Pairs that raters hold now stay with them: 0." in changed.out
    after = stocked("campaign show Second --json").json
    told = {
        key: after["settings"][key] for key in ("deadline", "pause after", "pause below", "pause fast", "max votes")
    }
    assert (after["overlap"], set(told.values())) == (3, {None})


REFUSED = [
    ("campaign change Pilot --deadline 2020-01-01", "expected a deadline in the future, got 2020-01-01 00:00 UTC"),
    ("campaign change Pilot --deadline soon", "expected a deadline such as 2027-01-31"),
    ("campaign change Pilot --gold-share 1", "expected a gold share of 0 to below 1, got 1"),
    ("campaign change Pilot --repeat-share 1.5", "expected a repeat share of 0 to below 1, got 1.5"),
    ("campaign change Pilot --overlap-share 2", "expected an overlap share of 0 to 1, got 2"),
    ("campaign change Pilot --gold-share 0.1", "expected silent gold items for a gold share of 0.1, got none"),
    ("campaign change Pilot --max-votes -3", "expected a cap of votes of 1 to 1,000,000, got -3"),
    ("campaign change Pilot --pause-after 3", "together with the accuracy below which"),
    ("campaign change Pilot --pause-after 3 --pause-below 0.5", "the campaign has 0 gold items"),
    ("campaign change Pilot --pause-below 1.2 --pause-after 1", "expected an accuracy above 0 and at most 1"),
    ("campaign change Pilot --repeat-share 0.3 --gold-share 0.4", "to be at most half of the draws"),
    (
        "campaign change Pilot --policy magic",
        "a pairing policy among deficit, informative, uniform, got 'magic'",
    ),
    ("campaign create Third --gold-share 0.1", "expected silent gold items"),
    ("campaign gold Pilot --agreed 2", "expected pairs with 2 or more votes that all agree, got none"),
    ("campaign gold Pilot --agreed 1", "one vote is no agreement"),
    ("campaign gold Pilot --remove 7", "no gold item number 7 in this campaign"),
    ("campaign gold Pilot nowhere.jsonl", "there is none at 'nowhere.jsonl'"),
]


def test_a_setting_that_cannot_work_is_refused_with_a_sentence(stocked: Console) -> None:
    for line, sentence in REFUSED:
        done = stocked(line)
        assert (done.code, sentence in done.err) == (1, True), f"{line}: {done.err}"
    assert stocked("campaign show Pilot --json").json["settings"]["gold share"] == 0


WRONG_ITEMS: list[tuple[dict[str, str | None], str]] = [
    ({"winner": None}, "gold.jsonl:1: expected the right answer of a gold item in column 'winner', got none"),
    ({"winner": "maybe"}, "expected a winner among"),
    ({"model_b": "Swift"}, "expected two different models"),
    ({"model_b": "Owl"}, "no model 'Owl' in this store"),
    ({"question": "four"}, "expected a question 'four' with a text, and a response of Swift and Heron"),
    ({"right": "x"}, "got 'right'; rename or remove it"),
]


def test_a_gold_item_that_cannot_be_asked_is_refused_with_its_line(stocked: Console) -> None:
    for change, sentence in WRONG_ITEMS:
        stocked.write("gold.jsonl", GOLD | change)
        done = stocked("campaign gold Pilot gold.jsonl")
        assert (done.code, sentence in done.err) == (1, True), f"{change}: {done.err}"
    assert stocked("campaign gold Pilot --json").json["gold"] == []


def test_gold_items_are_added_listed_and_removed(stocked: Console) -> None:
    added = stocked("campaign gold Pilot gold.jsonl")
    assert "Pilot: added 1 gold item; replaced: 0." in added.out
    assert "--gold-share 0.1" in added.out
    (item,) = stocked("campaign gold Pilot --json").json["gold"]
    assert (item["question"], item["onboarding"], item["answers"], item["explanation"]) == (
        "one", False, 0, "It says one.",
    )  # fmt: skip
    right = item["model_b"] if item["winner"] == "model_b" else item["model_a"]
    assert right == "Heron"
    assert "replaced: 1." in stocked("campaign gold Pilot gold.jsonl --onboarding").out
    (item,) = stocked("campaign gold Pilot --json").json["gold"]
    assert item["onboarding"] is True
    assert "one" in stocked("campaign gold Pilot").out
    assert "removed 1 gold item" in stocked(f"campaign gold Pilot --remove {item['id']}").out
    stocked("campaign gold Pilot gold.jsonl")
    assert stocked("campaign change Pilot --gold-share 0.2").code == 0
    (item,) = stocked("campaign gold Pilot --json").json["gold"]
    kept = stocked(f"campaign gold Pilot --remove {item['id']}")
    assert "expected silent gold items for a gold share of 0.2" in kept.err
    assert len(stocked("campaign gold Pilot --json").json["gold"]) == 1


def test_changes_of_settings_are_in_the_audit_log(stocked: Console) -> None:
    stocked("campaign change Pilot --max-votes 20")
    (entry, *_) = stocked("list changes --json").json["changes"]
    assert (entry["what"], entry["old"], entry["new"]) == ("most_votes", None, "20")


def test_the_report_of_a_rater_without_votes_is_unknown_and_not_zero(stocked: Console) -> None:
    assert stocked("raters show ann").out == "ann has given no vote yet.\n"
    assert stocked("raters show ann --campaign Pilot --json").json == {
        "rater": "ann", "campaign": "Pilot", "quality": None, "others": None, "majority": None, "influence": None,
    }  # fmt: skip


def test_a_campaign_without_votes_has_nothing_to_review(stocked: Console) -> None:
    assert stocked("campaign quality Pilot").out == "Pilot has no votes yet.\n"
    assert stocked("campaign quality Pilot --json").json == {"campaign": "Pilot", "raters": [], "pauses": []}
    assert stocked("campaign disagreements Pilot").out == "Pilot has no disagreements or flagged pairs.\n"
    assert stocked("campaign remarks Pilot --json").json == {"campaign": "Pilot", "remarks": []}
    for line, code, sentence in (
        ("campaign decide Pilot one Swift Heron model_a --reason x", 1, "with a ballot in this campaign, found none"),
        ("campaign decide Pilot one Swift Heron best", 2, "expected QUESTION MODEL_A MODEL_B"),
        ("campaign decide Pilot --undo 5", 1, "no decision number 5 in force"),
        ("campaign go-on Pilot ann", 1, "but this one is not paused"),
    ):
        done = stocked(line)
        assert (done.code, sentence in done.err) == (code, True), f"{line}: {done.err}"


def test_remarks_and_divided_votes_of_the_example_can_be_read_and_decided(example: Console) -> None:
    (campaign,) = example("campaign list --json").json["campaigns"][:1]
    name = campaign["name"]
    flagged = [one for one in example("campaign remarks", name, "--json").json["remarks"] if one["flag"]]
    assert flagged
    pair = example("campaign disagreements", name, "--json").json["pairs"][0]
    key = f"{pair['source']}/{pair['question']}"
    words = [name, key, pair["model_b"], pair["model_a"], "model_a", "--reason", "B is right", "--by", "reviewer"]
    before = example("rank --json").json
    done = example("campaign decide", *words)
    assert done.code == 0, done.err
    (decided,) = example("campaign disagreements --decided", name, "--json").json["pairs"]
    assert (decided["decision"]["winner"], decided["decision"]["by"]) == ("model_b", "reviewer")
    assert example("rank --json").json["counts"] == before["counts"]
    board = example("rank --adjudicated --json").json
    assert (board["decisions"], board["counts"]["adjudicated"]) == (1, sum(pair["votes"].values()))
