"""The texts of the Rate page: the same in both languages, none missing, and HTML with one way into the page."""

import re
from pathlib import Path

import app.ui.rate.page as rate_page
from app.ui.rate.page import SKELETON, rate_texts
from app.ui.skeletons import skeleton
from app.ui.texts import load_texts
from storage.values import DIMENSIONS, LANGUAGES

STATIC = Path(rate_page.__file__).parent / "static"
SHARED = STATIC.parents[1] / "static"
PARTS = ("page_view", "ballot_view", "ballot_page", "rater_page", "rater_tools", "ballot_panels", "changing_answers")
SCRIPTS = "".join(
    path.read_text(encoding="utf-8")
    for path in (*sorted(STATIC.glob("*.js")), *(SHARED / f"{name}.js" for name in PARTS))
)


def test_both_languages_have_the_same_texts_with_the_same_blanks() -> None:
    english, chinese = load_texts("en", "rate"), load_texts("zh", "rate")
    assert list(english) == list(chinese)
    for key, sentence in english.items():
        assert set(re.findall(r"{\w+}", sentence)) == set(re.findall(r"{\w+}", chinese[key])), key
        assert key == "step_label" or re.search("[一-鿿]", chinese[key]), key


def test_the_page_asks_only_for_texts_that_exist() -> None:
    asked = set(re.findall(r'data-(?:text|label|placeholder)="(\w+)"', skeleton(SKELETON)))
    asked |= set(re.findall(r'\btext\("(\w+)"', SCRIPTS))
    for language in LANGUAGES:
        texts = rate_texts(language)["texts"]
        assert isinstance(texts, dict)
        assert asked <= set(texts)
        assert {f"dimension_{name}_hint" for name in DIMENSIONS} <= set(texts)


def test_html_enters_the_page_through_the_common_sink_only() -> None:
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|eval\(", SCRIPTS)
    assert not re.search(r"https?://|localStorage", SCRIPTS)
