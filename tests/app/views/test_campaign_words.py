"""The words of a campaign fit what its ballots show, in both languages."""

import json
import re

import pytest

from app.ui.texts import load_texts
from app.views.campaign_words import SHAPES, answer_sum, counted, kind_key, say_of
from arena.campaigns.pairing import CellShape
from storage.values import LANGUAGES, CampaignKind, Language, SpecialDraw

PAIRS = re.compile(r"\b(pairs?|votes?|voted|compar\w+|sides?|two responses)\b|回答对|投票|左右|两个|比较", re.I)
"""Words that only campaigns of pairs may use."""


def texts_of(language: Language, shape: CellShape) -> dict[str, str]:
    """Every text on campaigns as one with this shape has it, with a name in the place of every other blank."""
    known = load_texts(language, "campaigns")
    ends = [f"_{one}" for one in SHAPES]
    keys = {
        next((key.removesuffix(end) for end in ends if key.endswith(end)), key)
        for key in known
        if not key.endswith("_one")
    }
    blanks = {name: name for text in known.values() for name in re.findall(r"{([a-z_]+)}", text)}
    for word in ("unit", "units", "answers"):
        del blanks[word]
    present = [key for key in sorted(keys) if key in known or f"{key}_{shape}" in known]
    return {key: say_of(language, shape, key, **blanks) for key in present}


@pytest.mark.parametrize("language", LANGUAGES)
def test_only_campaigns_of_pairs_speak_of_pairs_and_votes(language: Language) -> None:
    said = {shape: texts_of(language, shape) for shape in SHAPES}
    assert min(map(len, said.values())) > 30
    for shape in ("response", "question"):
        assert {key: text for key, text in said[shape].items() if PAIRS.search(text)} == {}
    assert len([text for text in said["pair"].values() if PAIRS.search(text)]) > 20
    assert "{" not in json.dumps([list(texts.values()) for texts in said.values()])


def test_numbers_are_told_with_their_nouns() -> None:
    assert counted("en", "response", "units", 119) == "119 responses"
    assert [counted("en", shape, "answers", 1) for shape in SHAPES] == ["1 vote", "1 rating", "1 answer"]
    assert counted("zh", "question", "answers", 2) == "2 次作答"
    assert say_of("zh", "response", "campaign_overlap") == "每个回答的标注人数"


def test_answers_add_up_in_words() -> None:
    special = {SpecialDraw.repeat: 1, SpecialDraw.gold: 13, SpecialDraw.onboarding: 4}
    told = answer_sum("en", "pair", 144, special)
    assert told.startswith("144 votes + 1 repeat + 17 gold items = 162 answers.")
    assert answer_sum("en", "pair", 144, {}) == "", "nothing to add"


def test_a_campaign_of_votes_with_scores_has_a_name_of_its_own() -> None:
    names = [kind_key(CampaignKind.pairwise, one) for one in (None, [], ["overall"])]
    assert names == ["pairwise", "pairwise", "scored_pairs"]
    assert kind_key("satisfaction", ["overall"]) == "satisfaction"
