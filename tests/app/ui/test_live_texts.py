"""The Arena page and the page for trying models ask for no text that a language lacks."""

import json
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from app.ui.live.page import SKELETON as LIVE
from app.ui.live.page import live_texts
from app.ui.skeletons import skeleton
from app.ui.texts import FOLDER, load_texts
from app.ui.trials.page import SKELETON as TRIAL
from app.ui.trials.page import trial_texts
from storage.values import ABILITIES, LANGUAGES

UI = FOLDER.parent


def scripts(*paths: str) -> str:
    return "".join((UI / path).read_text(encoding="utf-8") for path in paths)


SHARED = ("live/static/talk_page.js", "live/static/live_view.js")
PAGES = {
    "live": (skeleton(LIVE), scripts("live/static/live.js", *SHARED), live_texts),
    "trials": (skeleton(TRIAL), scripts("trials/static/trial.js", *SHARED), trial_texts),
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("page", PAGES)
def test_a_page_asks_only_for_texts_that_exist(page: str, language: str) -> None:
    markup, script, texts = PAGES[page]
    told = texts(language)["texts"]  # type: ignore[arg-type]
    assert isinstance(told, Mapping)
    asked = set(re.findall(r'data-(?:text|label|placeholder)="(\w+)"', markup))
    asked |= set(re.findall(r'\btext\("(\w+)"', script))
    assert asked <= set(told)
    assert {f"category_{name}" for name in ABILITIES} <= set(told)


@pytest.mark.parametrize("page", PAGES)
def test_both_languages_have_the_same_texts(page: str) -> None:
    english, chinese = (load_texts(language, page) for language in LANGUAGES)
    assert list(english) == list(chinese)
    for key, sentence in english.items():
        assert set(re.findall(r"{(\w+)}", sentence)) == set(re.findall(r"{(\w+)}", chinese[key])), key
        assert re.search("[一-鿿]", chinese[key]), key


def test_every_end_of_a_talk_and_every_cause_of_a_trial_has_a_sentence() -> None:
    for folder, family, words in (
        ("live", "ended", ("failed", "left", "erased", "moderated", "moderation_down")),
        ("trials", "cause", ("failed", "stopped", "moderated", "moderation_down")),
    ):
        told = json.loads(Path(FOLDER / folder / "en.json").read_text(encoding="utf-8"))
        assert {f"{family}_{word}" for word in words} <= set(told)
