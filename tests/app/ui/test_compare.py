"""The Compare page's skeleton and scripts, as far as they can be checked without a browser."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from app.ui.compare.page import SKELETON, compare_head, compare_page
from app.ui.skeletons import skeleton
from storage.values import VoteReason

STATIC = Path(__file__).parents[3] / "app" / "ui" / "compare" / "static"
SHARED = STATIC.parents[1] / "static"
PARTS = ("page_view", "ballot_view", "ballot_page", "rater_page", "rater_tools", "ballot_panels", "changing_answers")
SCRIPTS = [*sorted(STATIC.glob("compare*.js")), *(SHARED / f"{name}.js" for name in PARTS)]
"""The page's own and those of every page of raters."""


class Skeleton(HTMLParser):
    """Collects every element of the skeleton, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))


@pytest.fixture(scope="module")
def elements() -> list[tuple[str, dict[str, str | None]]]:
    found = Skeleton()
    found.feed(skeleton(SKELETON))
    return found.elements


def test_the_page_is_one_component_without_an_event() -> None:
    config = compare_page().config
    assert [component["type"] for component in config["components"]] == ["html"]
    assert config["dependencies"] == []


def test_the_four_vote_buttons_show_their_keys_in_order(elements: list[tuple[str, dict[str, str | None]]]) -> None:
    choices = [attributes for _, attributes in elements if "data-choice" in attributes]
    assert [(choice["data-choice"], choice["aria-keyshortcuts"]) for choice in choices] == [
        ("model_a", "1"),
        ("model_b", "2"),
        ("tie", "3"),
        ("both_bad", "4"),
    ]
    text = skeleton(SKELETON)
    for key in "1234":
        assert re.search(rf'aria-keyshortcuts="{key}"><kbd data-key="\w+">{key}</kbd>', text)


def test_every_tool_has_its_own_key(elements: list[tuple[str, dict[str, str | None]]]) -> None:
    keys = {
        attributes["data-tool"]: attributes["aria-keyshortcuts"]
        for _, attributes in elements
        if "data-tool" in attributes
    }
    assert keys == {
        "zoom": "z",
        "skip": "s",
        "flag": "f",
        "comment": "c",
        "reasons": "r",
        "undo": "u",
        "history": "h",
        "guidelines": "g",
        "display": "v",
        "help": "?",
    }


def test_the_keys_in_the_skeleton_are_the_ones_that_the_script_begins_with(
    elements: list[tuple[str, dict[str, str | None]]],
) -> None:
    script = (STATIC / "compare_keys.js").read_text(encoding="utf-8")
    table = re.search(r"DEFAULT_KEYS = \{(.*?)\};", script, re.DOTALL)
    assert table is not None
    defaults = dict(re.findall(r'(\w+): "(.)"', table[1]))
    assert len(set(defaults.values())) == len(defaults)
    named = {a["data-action"]: a["aria-keyshortcuts"] for _, a in elements if "data-action" in a}
    assert named.items() <= defaults.items()
    assert {a["data-key"] for _, a in elements if "data-key" in a} <= set(defaults)
    assert {a["data-reason"] for _, a in elements if "data-reason" in a} == set(VoteReason)


def test_the_skeleton_holds_no_script_and_no_address_that_is_fetched(
    elements: list[tuple[str, dict[str, str | None]]],
) -> None:
    for tag, attributes in elements:
        assert tag not in {"script", "style", "link", "iframe", "template"}
        assert tag != "img" or set(attributes) == {"alt", "data-part"}
        assert not {"src", "srcset", "style", "background"} & set(attributes)
        assert not any(name.startswith("on") for name in attributes)


def test_every_id_and_part_is_unique(elements: list[tuple[str, dict[str, str | None]]]) -> None:
    for name in ("id", "data-part"):
        values = [attributes[name] for _, attributes in elements if name in attributes]
        assert len(values) == len(set(values))


def test_signing_out_is_a_post(elements: list[tuple[str, dict[str, str | None]]]) -> None:
    assert ("form", {"method": "post", "action": "/logout"}) in elements


def test_html_enters_the_page_at_one_place() -> None:
    sinks = re.compile(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|createContextualFragment|eval\("
    )
    found = [match for script in SCRIPTS for match in sinks.findall(script.read_text(encoding="utf-8"))]
    assert found == ["innerHTML"]


def test_only_guidelines_keys_and_the_display_are_kept_beyond_the_tab() -> None:
    uses = re.findall(r"\w+\(localStorage, [\w.]+", "".join(script.read_text(encoding="utf-8") for script in SCRIPTS))
    assert {use.split(", ")[1] for use in uses} == {"GUIDELINES", "this.place", "DISPLAY"}


def test_style_sheets_and_scripts_name_no_outside_address() -> None:
    for path in [*STATIC.parents[1].glob("**/static/*.css"), *SCRIPTS]:
        assert not re.search(r"https?://|url\(|@import", path.read_text(encoding="utf-8")), path.name


def test_the_head_names_the_style_sheets_and_the_script_by_their_content() -> None:
    assert re.fullmatch(
        r'<link rel="stylesheet" href="/static/tokens\.css\?v=\w{12}">'
        r'<link rel="stylesheet" href="/static/parts\.css\?v=\w{12}">'
        r'<link rel="stylesheet" href="/static/content\.css\?v=\w{12}">'
        r'<link rel="stylesheet" href="/static/pictures\.css\?v=\w{12}">'
        r'<link rel="stylesheet" href="/static/compare\.css\?v=\w{12}">'
        r'<script type="module" src="/static/compare\.js\?v=\w{12}"></script>',
        compare_head(),
    )
