"""Names of models: the one form that is stored, and names that a reader would take for one."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.errors import BadInput
from storage.ledger.battles import Battles
from storage.spelling import clean_name, closest_name, look_alikes


@pytest.mark.parametrize(
    "given_name",
    [
        "gpt-4",
        " gpt-4",
        "gpt-4\t\n",
        "\u00a0gpt-4\u3000",
        "gpt\u200b-4",
        "\ufeffgpt-4",
        "g\u2060pt-4",
        "\u200e gpt-4 \u200d",
    ],
)
def test_outer_and_zero_width_spaces_are_no_part_of_a_name(given_name: str) -> None:
    assert clean_name(given_name) == "gpt-4"


def test_names_are_in_normal_form_c_and_keep_the_joiners_inside_them() -> None:
    assert clean_name("mode\u0301le") == "mod\u00e9le"
    assert clean_name("नमस्\u200dते") == "नमस्\u200dते"


@pytest.mark.parametrize("blank", ["", " ", "\u200b", "\u200d\u00a0\ufeff"])
def test_a_name_without_a_visible_character_is_refused(blank: str) -> None:
    with pytest.raises(BadInput, match="expected a name with visible characters"):
        clean_name(blank)


@given(st.text(alphabet="aZ 4-\t\u00a0\u200b\u200d\u0301\ufeff\u0440\u3000", max_size=12))
def test_a_clean_name_stays_as_it_is(text: str) -> None:
    try:
        name = clean_name(text)
    except BadInput:
        return
    assert clean_name(name) == name == name.strip() == unicodedata.normalize("NFC", name)


def test_case_punctuation_and_letters_of_other_scripts_are_found_together() -> None:
    names = ["gpt-4", "GPT 4", "gpt_4", "g\u0440t-4", "\uff47\uff50\uff54-4", "gpt-40", "alder", "\u0391lder", "birch"]
    assert look_alikes(names) == [
        ("GPT 4", "gpt-4", "gpt_4", "g\u0440t-4", "\uff47\uff50\uff54-4"),
        ("alder", "\u0391lder"),
    ]


def test_zero_and_o_and_one_and_l_look_alike() -> None:
    assert look_alikes(["LIama-3", "Llama-3", "o1", "ol", "o3"]) == [("LIama-3", "Llama-3"), ("o1", "ol")]


@pytest.mark.parametrize("names", [["phi-3", "phi-3+"], ["llama-2", "llama-3"], ["alder"], []])
def test_names_that_read_differently_are_not_named(names: list[str]) -> None:
    assert look_alikes(names) == []


@given(st.lists(st.text(alphabet="aAоO0-l1I", min_size=1, max_size=3), max_size=12))
def test_no_name_is_in_two_groups_and_the_order_of_names_does_not_matter(names: list[str]) -> None:
    groups = look_alikes(names)
    listed = [name for group in groups for name in group]
    assert len(listed) == len(set(listed))
    assert groups == look_alikes(reversed(names))


def test_battles_of_rows_and_of_columns_have_clean_names() -> None:
    rows = [("alder ", "birch", "model_a"), (" alder", "birch\u200b", "tie"), ("alder", "birch", "model_b")]
    assert Battles.from_rows(rows).models == ("alder", "birch")
    columns = Battles.from_columns(*zip(*rows, strict=True))
    assert columns.models == ("alder", "birch")
    assert columns.a.tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("gpt-4", "GPT 4"),
        ("gрt 4", "GPT 4"),
        ("Claude v1.1", "Claude v1"),
        ("claude-instant-v1", "Claude Instant v1"),
        ("something else", None),
        ("", None),
    ],
)
def test_an_unknown_name_suggests_the_one_that_was_meant(given: str, meant: str | None) -> None:
    assert closest_name(given, ["GPT 3.5 Turbo", "GPT 4", "Claude v1", "Claude Instant v1", "command"]) == meant
    assert closest_name(given, []) is None
