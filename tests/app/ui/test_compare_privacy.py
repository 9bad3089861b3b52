"""The Compare page in a Chromium that playwright drives: what annotators never receive, and hostile responses."""

import json
import re

import pytest

from tests.app.compare_store import MODELS
from tests.app.ui.conftest import Start
from tests.hostile import MARKUP, OUTSIDE

pytestmark = pytest.mark.chromium


def test_an_annotator_receives_no_name_keeps_no_text_and_asks_no_other_host(visit: Start) -> None:
    site = visit(keep="all")
    site.begin()
    for key in "1234":
        site.vote(key)
    site.page.keyboard.press("u")
    site.ready()
    site.page.click("[data-tool=help]")
    site.page.keyboard.press("Escape")
    for path in ("/config", "/gradio_api/info", "/admin/config", "/admin/", "/api/texts", "/healthz", "/leaderboard"):
        got = site.page.request.get(f"{site.url}{path}")
        site.bodies.append((path, got.body()))
    assert len(site.bodies) > 20
    leaks = [
        (url, name)
        for url, body in site.bodies
        for name in MODELS
        if name.lower().encode() in body.lower() or name.encode("utf-16-le") in body
    ]
    assert leaks == []
    kept = site.page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])")
    assert not any(name in kept for name in MODELS)
    kept_texts = json.dumps(json.loads(kept), ensure_ascii=False)
    assert not re.search("response|回答|a\\^2", kept_texts), "the browser keeps no response text"
    assert [url for url in site.requests if not url.startswith((site.url, "data:", "blob:"))] == []


FOREIGN_PARTS = """() => {
    const banned = /^(script|iframe|form|input|button|img|video|audio|object|embed|style|link|svg|picture|meta|base)$/;
    const found = [];
    for (const element of document.querySelectorAll('.ev-content *')) {
        const names = [...element.attributes].map(({name}) => name);
        if (banned.test(element.localName)) found.push(element.localName);
        if (names.some(name => name.startsWith('on') || ['id', 'style', 'src'].includes(name))) found.push(`${names}`);
        if (getComputedStyle(element).position === 'fixed') found.push('fixed');
        if (element.href && !/^(https?|mailto):/.test(element.href)) found.push(String(element.href));
    }
    return found;
}"""
HOSTILE = [name for name in MARKUP if "\0" not in MARKUP[name]]  # a store refuses NUL


def test_hostile_responses_stay_text_inside_their_panel(visit: Start) -> None:
    """Every payload stands left or right, with an ordinary response beside it and itself as the question."""
    texts = {f"{MARKUP[name]}\n\n({name})": (MARKUP[name], "An ordinary response.") for name in HOSTILE}
    site = visit(questions=texts)
    site.begin()
    for _ in range(len(texts)):
        site.ready()
        assert site.page.evaluate(FOREIGN_PARTS) == []
        site.vote("3")
    assert site.page.evaluate("window.__x") is None
    assert site.problems == []
    assert [url for url in site.requests if OUTSIDE in url or "/logout" in url] == []
    assert len(site.rows()) == len(texts)


def test_signing_out_needs_a_post_and_ends_the_session(visit: Start) -> None:
    site = visit()
    site.begin()
    site.page.request.get(f"{site.url}/logout")
    site.vote("1")
    site.page.click("form[action='/logout'] button")
    site.page.wait_for_selector("#username")
    reply = site.page.request.post(f"{site.url}/api/compare", data={"campaign": None}, headers={"Origin": site.url})
    assert reply.status == 401
