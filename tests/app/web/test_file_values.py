"""No request makes Gradio copy a file of the server: every function, every role, both mounts."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from gradio.routes import App
from starlette.routing import Mount

from app.site_wiring import make_web
from app.web.accounts.sessions import COOKIE
from app.web.security import holds_file_value
from app.web.serving import serving
from storage.accounts.sign_ins import open_sign_in
from storage.values import digest
from tests.app.admin_site import AdminSite, admin_site

SECRET = "a line that only the server may read"
ROLES = ("ann", "rev", "root")
MOUNTS = {"": ROLES, "/admin": ("rev", "root")}


@dataclass
class GuardedSite:
    """A running site, a file beside it, and the folder into which Gradio would copy it."""

    url: str
    application: FastAPI
    secret: Path
    copies: Path

    def browser(self, name: str | None) -> httpx.Client:
        cookies = {} if name is None else {COOKIE: f"cookie-{name}"}
        return httpx.Client(base_url=self.url, cookies=cookies, headers={"origin": self.url}, timeout=60)

    def file_value(self) -> dict[str, Any]:
        return {"path": str(self.secret), "orig_name": "x.txt", "meta": {"_type": "gradio.FileData"}}

    def copied(self) -> list[Path]:
        return [path for path in self.copies.rglob("*") if path.is_file() and SECRET in path.read_text()]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuardedSite]:
    folder = tmp_path_factory.mktemp("site")
    secret, copies = folder / "secret.txt", folder / "copies"
    secret.write_text(SECRET)
    with pytest.MonkeyPatch.context() as patched, admin_site(folder) as served:
        patched.setenv("GRADIO_TEMP_DIR", str(copies))
        sign_in(served)
        application = make_web(served.database)
        with serving(application) as url:
            yield GuardedSite(url, application, secret, copies)


def sign_in(site: AdminSite) -> None:
    with site.database.writing() as session:
        for name in ROLES:
            open_sign_in(session, digest(f"cookie-{name}"), site.people[name], now=datetime.now(UTC))


def calls(config: dict[str, Any], value: object) -> Iterator[tuple[str, dict[str, Any]]]:
    """A call of every function with this value for every input, in turn through the queue and directly."""
    for path, function in zip(cycle(("queue/join", "run/predict")), config["dependencies"], strict=False):
        body = {"fn_index": function["id"], "data": [value] * len(function["inputs"]), "session_hash": "mine"}
        yield path, body | {"event_data": value}


def test_no_function_takes_a_file_from_anybody(site: GuardedSite) -> None:
    refused = set()
    for mount, admitted in MOUNTS.items():
        with site.browser("root") as browser:
            config = browser.get(f"{mount}/config").json()
        for name in (None, *ROLES):
            with site.browser(name) as browser:
                for path, body in calls(config, site.file_value()):
                    answer = browser.post(f"{mount}/gradio_api/{path}", json=body)
                    assert answer.status_code == (401 if name is None else 403), (mount, name, body)
                    if name not in admitted:
                        break
                    assert answer.json()["code"] == "file_value"
                    refused.add((mount, body["fn_index"], name))
    assert {(mount, name) for mount, _, name in refused} >= {("/admin", "rev"), ("/admin", "root")}
    assert site.copied() == []


def test_gradio_itself_refuses_a_file_that_nobody_uploaded(site: GuardedSite) -> None:
    """The second barrier, which Gradio raises under `launch` only: the value passes no gate here."""
    import gradio as gr
    from gradio.context import LocalContext
    from gradio.exceptions import InvalidPathError
    from gradio.processing_utils import _check_allowed

    with gr.Blocks() as blocks:
        pass
    LocalContext.blocks.set(blocks)
    try:
        _check_allowed(site.secret, check_in_upload_folder=True)
        blocks.has_launched = True
        with pytest.raises(InvalidPathError, match="not uploaded"):
            _check_allowed(site.secret, check_in_upload_folder=True)
    finally:
        LocalContext.blocks.set(None)


@pytest.mark.parametrize("place", ["nested", "event data", "state", "beside"])
def test_a_file_value_is_found_wherever_it_stands(site: GuardedSite, place: str) -> None:
    value = site.file_value()
    placed: dict[str, dict[str, Any]] = {
        "nested": {"data": [{"value": [{"deep": [value]}]}]},
        "event data": {"event_data": {"value": value}},
        "state": {"data": [None, {"__type__": "update", "value": value}]},
        "beside": {"anything": value},
    }
    body = {"fn_index": 0, "session_hash": "mine", "data": []} | placed[place]
    with site.browser("rev") as browser:
        answer = browser.post("/admin/gradio_api/queue/join", json=body)
    assert (answer.status_code, answer.json()["code"]) == (403, "file_value")
    assert answer.json()["error"] == "This page does not accept files. Reload the page and try again."


def test_no_spelling_hides_a_file_value() -> None:
    plain = json.dumps({"data": [{"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}}]})
    spellings = [
        plain.encode(),
        plain.encode("utf-16"),
        plain.encode("utf-32-be"),
        plain.replace("gradio.F", "\\u0067radio\\u002eF").encode(),
        plain.replace('"_type"', '"_typ\\u0065"').encode(),
        plain.replace('"meta": ', '"meta": 1, "meta": ').encode(),
        b"[" * 900 + plain.encode() + b"]" * 900,
        b"[" * 90_000 + b"]" * 90_000,
    ]
    assert [holds_file_value(spelling) for spelling in spellings] == [True] * len(spellings)
    harmless = [b"", b"{", b"\xff\xfe", b'{"data": ["gradio.FileData", {"path": "x"}]}', b"[1, null, true]"]
    assert [holds_file_value(body) for body in harmless] == [False] * len(harmless)


def test_a_call_without_a_file_value_arrives_whole(site: GuardedSite) -> None:
    """In pieces too: what the gate has read is handed on."""
    with site.browser("rev") as browser:
        config = browser.get("/admin/config").json()
        function = next(one for one in config["dependencies"] if not one["inputs"] and one["backend_fn"])
        body = json.dumps({"fn_index": function["id"], "data": [], "session_hash": "whole"}).encode()
        headers = {"content-type": "application/json"}
        pieces = iter([body[:10], body[10:]])
        answer = browser.post("/admin/gradio_api/queue/join", content=pieces, headers=headers)
        assert answer.status_code == 200, answer.text
        assert "event_id" in answer.json()


def test_the_second_barrier_is_up_on_both_mounts(site: GuardedSite) -> None:
    mounts = [route.app for route in site.application.routes if isinstance(route, Mount)]
    blocks = [mount.get_blocks() for mount in mounts if isinstance(mount, App)]
    assert [one.has_launched for one in blocks] == [True, True]
