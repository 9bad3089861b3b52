"""Images in the arena in a browser: chosen, pasted and dropped, kept over a reload, and refused in a sentence."""

from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Page, expect

from app.web.accounts.sessions import COOKIE
from arena.live.pictures import LARGEST_PICTURE
from storage.conversations.live_campaigns import LiveSettings
from storage.database.engine import open_database
from tests.accessibility import violations
from tests.app.live.scripted import MODELS, LiveSite, live_site
from tests.browsing import Traffic
from tests.pictures import drawn

CARRY = """([kind, encoded]) => {
    const bytes = Uint8Array.from(atob(encoded), letter => letter.charCodeAt(0));
    const carried = new DataTransfer();
    carried.items.add(new File([bytes], kind + '.png', {type: 'image/png'}));
    const target = document.querySelector('#lv-prompt');
    const event = kind === 'paste'
        ? new ClipboardEvent('paste', {clipboardData: carried, bubbles: true, cancelable: true})
        : new DragEvent('drop', {dataTransfer: carried, bubbles: true, cancelable: true});
    target.dispatchEvent(event);
}"""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[LiveSite]:
    database = open_database(str(tmp_path / "live.db"))
    with live_site(database, LiveSettings(most_turns=3), seeing=MODELS) as built:
        yield built
    database.close()


def file(shade: int, name: str = "", kind: str = "image/png", size: int = 0) -> FilePayload:
    return {"name": name or f"{shade}.png", "mimeType": kind, "buffer": drawn(shade).ljust(size, b"\x00")}


def describe_the_last(page: Page) -> None:
    """Say what the second image shows; Enter sends nothing, digits are no votes, and a reload keeps the words."""
    attached, described = page.locator(".lv-attached img"), page.get_by_label("Description of Image 2")
    described.fill("a grey square")
    page.keyboard.press("1")  # a digit of the text, no vote
    expect(attached.last).to_have_attribute("alt", "a grey square1")
    page.keyboard.press("Enter")
    expect(page.locator("#lv-prompt")).to_be_focused()
    page.reload()
    expect(attached).to_have_count(2)
    expect(described).to_have_value("a grey square1")


def test_images_are_attached_sent_and_shown_above_both_answers(site: LiveSite, page: Page, traffic: Traffic) -> None:
    page.context.add_cookies([{"name": COOKIE, "value": site.cookies["ann"], "url": site.url}])
    page.goto(f"{site.url}/arena")
    page.locator("#ev-live dialog[open] button").first.click()
    attached, error = page.locator(".lv-attached img"), page.locator("[data-part=attach-error]")
    expect(page.locator("[data-part=limits]")).to_contain_text("up to 10 images of at most 5 MB")
    chooser = page.locator("[data-part=file]")
    chooser.set_input_files([file(1), file(2, "movie.gif", "image/gif"), file(3, "big.png", size=LARGEST_PICTURE + 1)])
    expect(error).to_have_text("“movie.gif” is not a PNG, JPEG or WebP image. “big.png” is larger than 5 MB.")
    expect(attached).to_have_count(1)
    chooser.set_input_files({"name": "text.png", "mimeType": "image/png", "buffer": b"hello"})
    expect(error).to_contain_text(
        "“text.png” was not attached: This file is not a PNG, JPEG or WebP image that can be read"
    )
    for number, kind in ((4, "paste"), (5, "drop")):
        page.evaluate(CARRY, [kind, b64encode(drawn(number)).decode()])
        expect(attached).to_have_count(number - 2)
    chooser.set_input_files([file(shade) for shade in range(6, 14)])
    expect(error).to_have_text("A prompt takes at most 10 images.")
    expect(attached).to_have_count(10)
    for _ in range(8):
        page.locator(".lv-attached button").last.click()
    expect(attached).to_have_count(2)
    assert violations(page, inside="#ev-live") == []

    describe_the_last(page)
    page.locator("#lv-prompt").press("Enter")
    expect(page.locator("[data-part=alert]")).to_contain_text("Write what the models should do")
    page.locator("#lv-prompt").fill("What is on them?")
    page.locator("#lv-prompt").press("Enter")
    root = page.locator("#ev-live")
    expect(root).to_have_attribute("data-state", "ready", timeout=30_000)
    expect(page.locator("[data-part=question-pictures] img")).to_have_count(2)
    expect(page.locator("[data-part=question-pictures] img").last).to_have_attribute("alt", "a grey square1")
    expect(attached).to_have_count(0)
    chooser.set_input_files(file(20))
    expect(attached).to_have_count(1)
    page.locator("#lv-prompt").fill("And this one?")
    page.locator("#lv-prompt").press("Enter")
    expect(page.locator("[data-part=left] .ev-picture")).to_have_count(1, timeout=30_000)
    expect(page.locator("[data-part=right] .ev-picture")).to_have_count(1)
    page.locator("[data-part=main]").focus()
    page.keyboard.press("z")
    expect(page.locator("dialog.ev-zoom[open] h2")).to_have_text("Question: image 1 of 2")
    page.keyboard.press("Escape")
    assert violations(page, inside="#ev-live") == []
    assert [name for name in MODELS if name in page.content()] == []
    assert traffic.outside(site.url) == []
    bodies = [one["messages"][0]["content"] for script in site.scripts.values() for one in script.requests]
    assert len(bodies) == 4 and all(len(parts) == 3 for parts in bodies)
