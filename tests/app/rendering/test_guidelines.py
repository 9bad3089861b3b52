"""Guidelines in two languages: each reader sees the own language first, on the vote page as on that of staff."""

from pathlib import Path

import pytest

from app.rendering.guidelines import own_part
from app.rendering.html import Renderer
from app.web.compare.rendered_pairs import RenderedCompareService
from app.web.compare.rendered_texts import RenderedTexts
from arena.campaigns.own_work.votes import OwnVotes
from storage.values import Language
from tests.arena.small_campaign import PLAN, make_arena, make_mint
from tests.stores import open_store


def test_the_vote_page_shows_the_part_in_the_language_of_the_reader_first(tmp_path: Path) -> None:
    database = open_store(tmp_path / "evenhand.db")
    plan = type(PLAN)(name="campaign", guidelines="Which response is better?\n\n---\n\n哪个回答更好？")
    arena = make_arena(database, plan=plan)
    own = OwnVotes(database, clock=arena.clock, mint=make_mint())
    service = RenderedCompareService(database, arena.voting, own, RenderedTexts(database, Renderer()))

    def first_words(language: Language) -> str:
        campaign = service.state(arena.raters[0], arena.campaign, language).campaign
        assert campaign is not None
        return campaign.guidelines[:40]

    assert first_words("zh").startswith('<p dir="auto">哪个回答更好')
    assert first_words("en").startswith('<p dir="auto">Which response')
    database.close()


@pytest.mark.parametrize(
    ("text", "english", "chinese"),
    [
        ("Unusable / 无法使用", "Unusable", "无法使用"),
        ("无法使用 / Unusable", "Unusable", "无法使用"),
        ("Unusable", "Unusable", "Unusable"),
        ("无法使用", "无法使用", "无法使用"),
        ("1 / 2", "1 / 2", "1 / 2"),
        ("bad / poor / 差", "bad / poor / 差", "bad / poor / 差"),
        ("and/or", "and/or", "and/or"),
        ("", "", ""),
    ],
)
def test_a_text_in_two_languages_is_its_part_for_the_reader(text: str, english: str, chinese: str) -> None:
    assert (own_part(text, "en"), own_part(text, "zh")) == (english, chinese)
