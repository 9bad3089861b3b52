"""Both languages say the same things, and the page asks for nothing they lack."""

import re
from pathlib import Path
from string import Formatter

import pytest

from app.ui.compare.page import SKELETON
from app.ui.skeletons import skeleton
from app.ui.texts import load_texts, page_texts, text
from arena.campaigns.ends import EndCause
from storage.values import LANGUAGES, FlagReason, Language, SkipReason, VoteReason

UI = Path(__file__).parents[3] / "app" / "ui"
PARTS = ("page_view", "ballot_view", "ballot_page", "rater_page", "rater_tools", "ballot_panels", "changing_answers")
SHARED = [UI / "static" / f"{name}.js" for name in PARTS] + sorted((UI / "pictures" / "static").glob("*.js"))
SCRIPTS = "".join(
    script.read_text(encoding="utf-8") for script in (*(UI / "compare" / "static").glob("compare*.js"), *SHARED)
)


def blanks(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}


def test_every_text_exists_in_both_languages_with_the_same_blanks() -> None:
    english, chinese = load_texts("en"), load_texts("zh")
    assert list(english) == list(chinese)
    for key, sentence in english.items():
        assert blanks(sentence) == blanks(chinese[key]), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_blank(language: Language) -> None:
    assert all(sentence.strip() for sentence in load_texts(language).values())


def test_chinese_texts_are_chinese() -> None:
    exempt = {"count", "other_language"}
    assert all(re.search("[一-鿿]", sentence) for key, sentence in load_texts("zh").items() if key not in exempt)


def test_every_reason_has_a_text() -> None:
    for language in LANGUAGES:
        texts = load_texts(language)
        assert {f"skip_{reason.value}" for reason in SkipReason} <= set(texts)
        assert {f"flag_{reason.value}" for reason in FlagReason} <= set(texts)
        assert {f"reason_{reason.value}" for reason in VoteReason} <= set(texts)


def test_every_cause_of_an_end_has_a_title_and_a_text() -> None:
    for language in LANGUAGES:
        assert {f"end_{cause}{part}" for cause in EndCause for part in ("", "_text")} <= set(load_texts(language))


def test_the_page_asks_only_for_texts_that_exist() -> None:
    asked = set(re.findall(r'data-(?:text|label|placeholder)="(\w+)"', skeleton(SKELETON)))
    asked |= set(re.findall(r'\btext\("(\w+)"', SCRIPTS))
    assert asked
    assert asked <= set(load_texts("en"))


def test_no_text_is_left_unused() -> None:
    after_a_vote = (UI / "rate" / "static" / "pair_scores.js", UI / "static" / "feedback.js")
    sources = skeleton(SKELETON) + SCRIPTS + "".join(script.read_text(encoding="utf-8") for script in after_a_vote)
    families = ("skip_", "flag_", "end_", "key_", "reason_", "strength_", "display_", "differences_")
    assert [key for key in load_texts("en") if f'"{key}"' not in sources and not key.startswith(families)] == []


def test_a_missing_text_and_a_missing_field_raise() -> None:
    with pytest.raises(KeyError):
        text("en", "no_such_text")
    with pytest.raises(KeyError):
        text("en", "count", done=1)


def test_fields_are_filled_in() -> None:
    assert text("zh", "progress_text", done=1, total=3) == "已完成 1 组，共 3 组"


def test_the_script_gets_language_and_texts() -> None:
    assert page_texts("zh") == {"language": "zh", "texts": dict(load_texts("zh"))}
