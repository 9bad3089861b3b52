"""The page of samples in Chromium, opened from its file: states, words, both languages, and hostile texts as texts."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from app.report.pages.samples_page import samples_page
from app.views.objective_causes import cause_text
from objective.evaluation.grading import GRADE
from storage.database.evaluation_tables import Prediction, PredictionState
from tests.accessibility import violations
from tests.browsing import Traffic

pytestmark = pytest.mark.chromium

AT = datetime(2026, 3, 4, tzinfo=UTC)
HOSTILE = "</script><script>window.__x = 1</script><img src=x onerror='window.__x = 1'>"


def prediction(item: str, state: PredictionState, score: float | None = None, **more: Any) -> Prediction:
    fields: dict[str, Any] = {"prompt": f"Question {item}?", "output": f"Answer {item}", "details": {}, **more}
    return Prediction(
        run_id=1, task="t", item=item, asked="", state=state, score=score, gold=["A"], created_at=AT, **fields
    )


def test_samples_are_filtered_by_state_and_texts_stay_texts(page: Page, traffic: Traffic, tmp_path: Path) -> None:
    samples = [prediction(f"i{number}", PredictionState.scored, 1.0) for number in range(60)]
    grade = {GRADE: {"grader": "strong", "mark": None, "reply": "who knows", "cause": "a cause"}}
    samples += [
        prediction("odd", PredictionState.scored, 0.0, output=HOSTILE),
        prediction("open", PredictionState.grader_failed, details=grade),
    ]
    path = tmp_path / "samples.html"
    path.write_text(samples_page({"m": samples}), encoding="utf-8")
    page.emulate_media(reduced_motion="reduce")  # colours are judged when they have arrived
    page.goto(f"file://{path}")
    assert page.locator("#states button").all_inner_texts() == ["right 60", "wrong 1", "no mark 1"]
    assert page.locator(".s-card").count() == 50 and page.locator("#range").inner_text() == "1 to 50 of 62"
    page.get_by_role("button", name="Next").click()
    assert page.locator(".s-card").count() == 12
    page.locator("[data-state=wrong]").click()
    assert page.evaluate("document.activeElement.dataset.state") == "wrong"
    page.locator(".s-card summary").click()
    assert page.locator(".s-card pre").nth(1).inner_text() == HOSTILE
    assert violations(page) == []
    page.locator("#language").click()
    assert page.locator("h1").inner_text() == "评测样本" and page.locator("[data-state=wrong]").inner_text() == "错误 1"
    page.locator("[data-state=wrong]").click()
    page.locator("#words").fill("answer OPEN")
    page.locator(".s-card summary").click()
    page.locator(".s-card", has_text="who knows").wait_for()  # a card is filled once it is open
    assert "strong" in page.locator(".s-card").inner_text()
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    assert violations(page) == []
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert page.evaluate("window.__x") is None and traffic.complaints == []


def test_a_cause_is_told_in_both_languages() -> None:
    failed = prediction("x", PredictionState.failed, cause='{"code": "no_answer"}')
    page = samples_page({"m": [failed]})
    assert "推理引擎没有返回回答。" in page and cause_text('{"code": "no_answer"}', "en") in page
