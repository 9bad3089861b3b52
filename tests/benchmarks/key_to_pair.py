"""Milliseconds from a key press to the next pair on screen, and to the vote being saved, in a real Chromium.

    python -m tests.benchmarks.key_to_pair              # 100 votes on SQLite

The clock runs in the page: from the keydown event to the second animation frame after both panels hold the
next pair (so it is painted), and to the server's acknowledgement. Server and browser share the machine.
"""

import argparse
import statistics
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from app.site_wiring import make_web
from app.web.serving import serving
from storage.database.engine import open_database
from tests.app.compare_store import ORDINARY, PASSWORD, fill
from tests.browsing import CHROMIUM_FLAGS, executable

if TYPE_CHECKING:
    from playwright.sync_api import Page

CLOCK = """() => {
    const root = document.querySelector('#ev-compare');
    window.timings = [];
    let began = null;
    document.addEventListener('keydown', () => { began = performance.now(); }, { capture: true });
    new MutationObserver(records => {
        for (const { attributeName } of records) {
            if (began === null) continue;
            const start = began;
            if (attributeName === 'data-token') {
                const entry = { start };
                window.timings.push(entry);
                requestAnimationFrame(() => requestAnimationFrame(() => { entry.shown = performance.now() - start; }));
            }
            if (attributeName === 'data-state' && root.dataset.state === 'ready') {
                const entry = window.timings.at(-1);
                if (entry && entry.start === start) entry.saved = performance.now() - start;
            }
        }
    }).observe(root, { attributes: true });
}"""


def sign_in(page: "Page", url: str) -> None:
    """Sign in and close the guidelines."""
    page.goto(f"{url}/login")
    page.fill("#username", "ann")
    page.fill("#password", PASSWORD)
    page.click("form[action='/login'] button")
    page.wait_for_selector("dialog[open]")
    page.keyboard.press("Enter")
    page.wait_for_selector("#ev-compare[data-state=ready]")


def measure(votes: int) -> list[dict[str, float]]:
    """Vote and return the page's own timings."""
    from playwright.sync_api import sync_playwright

    long = [response * 6 for response in ORDINARY]
    with tempfile.TemporaryDirectory() as folder:
        database = open_database(str(Path(folder) / "bench.db"))
        fill(database, questions={f"Question {number}? **Why?**": long for number in range(votes // 3 + 2)})
        with serving(make_web(database)) as url, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=executable(), args=CHROMIUM_FLAGS)
            page = browser.new_page(viewport={"width": 1280, "height": 860})
            sign_in(page, url)
            page.evaluate(CLOCK)
            for turn in range(votes):
                page.wait_for_selector("#ev-compare[data-state=ready][data-armed=yes]")
                page.keyboard.press("1234"[turn % 4])
                page.wait_for_function(f"window.timings.filter(one => one.saved && one.shown).length > {turn}")
            found: list[dict[str, float]] = page.evaluate("window.timings")
            browser.close()
        database.close()
    return found


def main() -> None:
    """Print medians and the 95th percentile."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--votes", type=int, default=100)
    timings = measure(parser.parse_args().votes)
    print("| from key press to | median ms | 95th percentile ms | votes |\n|---|---|---|---|")
    for name, key in (("next pair painted", "shown"), ("vote saved, pair after next at hand", "saved")):
        values = sorted(one[key] for one in timings if key in one)
        high = values[min(len(values) - 1, int(0.95 * len(values)))]
        print(f"| {name} | {statistics.median(values):.0f} | {high:.0f} | {len(values)} |")


if __name__ == "__main__":
    main()
