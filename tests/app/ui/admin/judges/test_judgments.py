"""Single judgments on the Judges page: the list, the opened judgment, and hostile text."""

import re
from pathlib import Path

import gradio as gr
import pytest
from sqlalchemy import text

from app.ui.judges.reader import WITHOUT, JudgesReader
from app.ui.judges.watch import JudgeWatch
from app.ui.lists import PAGE_SIZE
from app.views.judge_charts.rows import category_figure, pair_figure
from app.views.judges import PAIR_ENDS, facts, prompt_digests
from app.views.sentences import say, sentences
from arena.rating.style_features import STYLE_FEATURES
from judging.chat.model import RequestCause
from judging.jury import NO_MAJORITY, NO_QUORUM
from judging.run.items import response_groups
from judging.run.judge import Judge
from judging.run.judgment_rows import IDENTICAL, REASONING_ONLY, REFUSED, TRUNCATED
from judging.verdicts.verdict import VerdictCause
from storage.judges.replies import JudgeLine, judges
from storage.ledger.preferences import exclude
from storage.values import JudgmentState, ScoreState
from tests.app.admin_site import asking
from tests.app.judged_site import SALT, JudgedSite, judged_site
from tests.app.ui.admin.judges.conftest import (
    ALL,
    TAG,
    change,
    examine,
    first_is_m1,
    listed,
    opened,
    positions,
    rows,
    show,
    shown,
)
from tests.hostile import MARKUP, OUTSIDE
from tests.judging.judged_store import NOW, answers, prompts
from tests.stores import void_row


def test_the_salt_is_on_no_page(site: JudgedSite) -> None:
    judge = site.judge_pairs(first_is_m1)
    everything = [show(site, judge, by="root"), examine(site, judge, by="root"), listed(site, judge), opened(site, 1)]
    assert SALT in str(rows(site, "SELECT settings FROM rater WHERE kind = 'judge'")), "it is in the store"
    assert SALT not in str(everything)
    with site.database.reading() as session:
        line = next(one for one in judges(session) if one.rater_id == judge)
    said = dict(facts(line, "en"))
    assert said[say("en", "judges_fact_model")] == "judge-model"
    assert said[say("en", "judges_fact_orders")] == say("en", "judges_orders_both")
    assert said[say("en", "judges_fact_prompts")] == "pair-3"
    assert dict(prompt_digests(line))["pair-3"] in show(site, judge)[3].partition("<details>")[2], "folded away"
    assert "temperature 0.0" in said[say("en", "judges_fact_settings")]


def test_unknown_settings_are_shown_as_stored_except_the_salt() -> None:
    line = JudgeLine(1, "jury", "jury", "evenhand", {"members": ["a", "b"], "salt": SALT}, 3, 0)
    said = dict(facts(line, "en"))
    assert said[say("en", "judges_fact_other")] == 'members ["a","b"]'
    assert SALT not in str(said)


def test_an_excluded_judge_is_marked(site: JudgedSite) -> None:
    judge = site.judge_pairs(first_is_m1)
    with site.database.writing() as session:
        exclude(session, rater_id=judge, actor_id=None, reason="biased <b>much</b>", now=NOW)
    assert "biased &lt;b&gt;much" in shown(show(site, judge))
    assert say("en", "judges_nothing") in shown(examine(site, judge))


def test_a_judgment_is_opened_with_responses_and_both_replies(site: JudgedSite) -> None:
    def wordy(prompt: str) -> str:
        return f"I saw **{answers(prompt)[0]}** first.\n\n{first_is_m1(prompt)}"

    site.judge_pairs(wordy, n=1)
    page = opened(site, 1)
    assert "question 0 turn 1" in page
    assert page.index("answer 0 of m1</p>") < page.index("answer 0 of m2</p>"), "in the order of the pair"
    calls = page.split('<section class="adm-call">')[1:]
    assert len(calls) == 2
    told = [dict(re.findall(r"<dt>([^<]+)</dt><dd>([^<]+)</dd>", call)) for call in calls]
    assert [one[say("en", "judges_call_first")] for one in told] == ["m1", "m2"]
    assert {one[say("en", "judges_call_said")] for one in told} == {say("en", "judges_word_wins", model="m1")}
    assert [one[say("en", "judges_call_marker")] for one in told] == ["[[A]]", "[[B]]"]
    assert told[0][say("en", "judges_call_tokens")] == say("en", "judges_call_tokens_text", read=100, written=10)
    assert "<strong>answer 0 of m1</strong>" in calls[0], "rendered"
    assert "I saw **answer 0 of m1** first." in calls[0], "and as it came"


def test_a_failed_call_shows_its_cause_and_no_score(site: JudgedSite) -> None:
    site.judge_pairs(lambda prompt: "hm" if "of m1" in answers(prompt)[0] else RequestCause.timeout, n=1)
    page = opened(site, 1)
    assert say("en", "judges_cause_no_marker") in page and say("en", "judges_cause_timeout") in page
    assert say("en", "judges_no_reply") in page
    assert "scripted to fail with timeout" in page, "what the endpoint said"


def test_hostile_replies_stay_text(tmp_path: Path) -> None:
    storable = [payload for payload in MARKUP.values() if not re.search("[\ud800-\udfff\x00]", payload)]
    with judged_site(tmp_path, questions=len(storable), models=("m1", "m2")) as site:
        said = iter(storable)
        site.judge_pairs(lambda prompt: f"{next(said)}\n\n[[A]]" if "of m1" in answers(prompt)[0] else "[[B]]")
        for position in range(1, len(storable) + 1):
            page = opened(site, position)
            assert page.count('<section class="adm-call">') == 2
            assert TAG.findall(page) == []
            assert not re.search(r"<[^>]*\son\w+\s*=", page)
            assert not re.search(r'<[^>]*(?:href|src)="(?!https?:|mailto:)', page)
            assert not re.search(rf'<(?!a )[^>]*="[^">]*{re.escape(OUTSIDE)}', page)


def test_names_keys_and_causes_are_text_everywhere(site: JudgedSite) -> None:
    attack = '"><img src=x onerror=window.__x=1>\u202e'
    judge = site.judge_pairs(lambda _: "none", n=3, name=attack)
    with site.database.writing() as session:
        for statement in (
            "UPDATE model SET name = name || :attack",
            "UPDATE question SET key = key || :attack, category = :attack, turns = NULL",
            "UPDATE judgement SET cause = :attack",
        ):
            session.connection().execute(text(statement), {"attack": attack})
    page = shown((*show(site, judge), *examine(site, judge), *listed(site, judge), opened(site, 1)))
    assert "&lt;img src=x" in page
    assert "<img" not in page and "\u202e" not in page
    for figure in (category_figure, pair_figure):
        words = str(figure(JudgeWatch(site.database, site.clock).look(judge).outcomes, "en").to_dict())
        assert "<img" not in words


def test_rows_of_one_reply_all_show_it(site: JudgedSite) -> None:
    several = Judge("judge-model", prompts("several-10"), SALT, name="several", orders="given")
    site.judge_items(several, response_groups, lambda _: '{"1": 9, "2": 5, "3": 2}')
    for position in (1, 2, 3):
        page = opened(site, position)
        assert page.count('<section class="adm-call">') == 1
        assert "m1: 9" in page and "m2: 5" in page
    judge = site.judge_singles(
        lambda _: '{"correctness": 8, "completeness": 8, "need met": 8, "clarity": 8, "overall": 8}',
        prompt="dimensions",
        n=1,
        name="rubric",
    )
    for position in positions(shown(listed(site, judge))):
        assert opened(site, position).count('<section class="adm-call">') == 1


def test_a_row_of_another_pair_of_the_question_shows_none_of_its_replies(site: JudgedSite) -> None:
    site.judge_pairs(first_is_m1, n=2)
    with site.database.writing() as session:
        session.connection().execute(text("DELETE FROM judge_call WHERE judgement = 2"))
    assert say("en", "judges_calls_none") in opened(site, 2)


def test_the_list_is_filtered_and_paged(tmp_path: Path) -> None:
    with judged_site(tmp_path, questions=9) as site:
        judge = site.judge_pairs(lambda prompt: "none" if "question 8 turn" in prompt else first_is_m1(prompt))
        reader, every = JudgesReader(site.services), ("judgement", *ALL)
        first = reader.show(asking("rev"), str(judge), *every)
        assert positions(shown(first)) == list(range(27, 27 - PAGE_SIZE, -1)), "newest first"
        newer, older = change(first[8]), change(first[9])
        assert (newer["interactive"], older["interactive"]) == (False, True)
        second = reader.older(asking("rev"), str(judge), first[10], *every)
        assert positions(shown(second)) == list(range(27 - PAGE_SIZE, 0, -1))
        assert change(second[9])["interactive"] is False
        assert positions(shown(reader.newer(asking("rev"), str(judge), second[10], *every))) == positions(shown(first))
        assert positions(shown(reader.older(asking("rev"), str(judge), 99, *every))) == positions(shown(second))
        for sent, statement in {
            ("judgement", "failed", "", "", ""): "state = 'failed'",
            ("judgement", "scored", "", "code", ""): "state = 'scored' AND question_id % 2 = 0",
            ("judgement", "", "no_marker", "", ""): "cause = 'no_marker'",
            ("judgement", "", "", "", "m3"): "model_a_id = 3 OR model_b_id = 3",
        }.items():
            expected = rows(site, f"SELECT position FROM judgement WHERE {statement} ORDER BY position DESC")
            assert positions(shown(listed(site, judge, *sent))) == [position for (position,) in expected]
            assert expected


def test_questions_without_a_category_can_be_filtered(site: JudgedSite) -> None:
    judge = site.judge_pairs(first_is_m1)
    with site.database.writing() as session:
        session.connection().execute(text("UPDATE question SET category = NULL WHERE key = 'q1'"))
    found = positions(shown(listed(site, judge, "judgement", "", "", WITHOUT, "")))
    assert len(found) == 3
    assert all("<dd>q1</dd>" in opened(site, position) for position in found)


def test_a_void_judgment_is_not_listed_and_is_marked_when_opened(site: JudgedSite) -> None:
    judge = site.judge_pairs(first_is_m1, n=2)
    with site.database.writing() as session:
        void_row(session, 1, now=NOW)
    assert positions(shown(listed(site, judge))) == [2]
    assert say("en", "judges_void") in opened(site, 1)
    assert say("en", "judges_void") not in opened(site, 2)


@pytest.mark.parametrize("sent", [None, "", "0", "-1", "99", "1; drop table judgement", "²"])
def test_a_missing_judgment_is_reported(site: JudgedSite, sent: str | None) -> None:
    site.judge_pairs(first_is_m1, n=1)
    with pytest.warns(UserWarning, match=re.escape(say("en", "admin_error_not_found"))):
        assert JudgesReader(site.services).open(asking("rev"), sent) == gr.skip()


def test_only_judgments_of_judges_can_be_opened(site: JudgedSite) -> None:
    judge = site.judge_singles(lambda _: "[[7]]", n=1, name="single")
    with site.database.writing() as session:
        session.connection().execute(text(f"UPDATE rater SET kind = 'human' WHERE id = {judge}"))
    with pytest.warns(UserWarning, match=re.escape(say("en", "admin_error_not_found"))):
        assert JudgesReader(site.services).open(asking("root"), "1") == gr.skip()


# Words


def test_every_state_cause_and_feature_has_a_text() -> None:
    causes = {*VerdictCause, *RequestCause, REFUSED, TRUNCATED, IDENTICAL, REASONING_ONLY}
    causes |= {NO_QUORUM, NO_MAJORITY, "unknown"}
    keys = {f"judges_cause_{cause}" for cause in causes}
    keys |= {f"judges_{state}" for state in (*JudgmentState, *ScoreState)}
    keys |= {f"judges_end_{end}" for end in (*PAIR_ENDS, "cannot_judge")}
    keys |= {f"judges_feature_{feature}" for feature in STYLE_FEATURES}
    keys |= {f"judges_orders_{orders}" for orders in ("both", "given", "random")}
    for language in ("en", "zh"):
        assert keys <= set(sentences(language))


def test_the_page_speaks_chinese(site: JudgedSite) -> None:
    site.speak("rev", "zh")
    judge = site.judge_pairs(lambda prompt: "none" if "question 3 turn" in prompt else "[[A]]")
    page = shown((*show(site, judge), *examine(site, judge), *listed(site, judge), opened(site, 12)))
    for key in ("judges_state", "judges_coverage", "judges_bias", "judges_calls", "judges_cause_no_marker"):
        assert say("zh", key) in page
        assert say("en", key) not in page
