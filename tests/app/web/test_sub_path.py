"""The site below a path, behind a real reverse proxy: every page, redirect, cookie, file and call stays below it."""

import contextlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Page
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Mount, Route

from app.site_wiring import make_web
from app.web.serving import Proxies, serving
from app.wiring import make_accounts
from arena.campaigns.creation import CampaignPlan, create_campaign
from arena.campaigns.scoring import ScoringPlan
from storage.accounts.sign_ins import open_sign_in
from storage.campaigns.campaigns import invite_raters
from storage.values import CampaignKind, digest
from tests.app.admin_site import AdminSite, admin_site
from tests.browsing import Traffic

pytestmark = pytest.mark.chromium  # one site for the test with a browser and the one without

PREFIX_PATH = "/arena"
HOP_BY_HOP = {"host", "connection", "keep-alive", "transfer-encoding", "content-length"}


class StrippingProxy:
    """A reverse proxy that serves another server below `/arena`, as nginx does with `proxy_pass …/`."""

    def __init__(self, target: str, extra: dict[str, str]) -> None:
        self._target, self._extra = target, extra

    def application(self) -> Starlette:
        @contextlib.asynccontextmanager
        async def lifespan(_app: Starlette) -> AsyncIterator[None]:
            async with httpx.AsyncClient(base_url=self._target, timeout=60, follow_redirects=False) as self.client:
                yield

        route = Route("/{path:path}", self.forward, methods=["GET", "HEAD", "POST"])
        return Starlette(routes=[Mount(PREFIX_PATH, routes=[route])], lifespan=lifespan)

    async def forward(self, request: Request) -> Response:
        headers = {key: value for key, value in request.headers.items() if key not in HOP_BY_HOP}
        headers |= {"x-forwarded-host": request.headers["host"], "x-forwarded-for": "203.0.113.7"} | self._extra
        path = f"/{request.path_params['path']}"
        sent = self.client.build_request(
            request.method, path, params=request.query_params, headers=headers, content=await request.body()
        )
        answer = await self.client.send(sent, stream=True)
        response = StreamingResponse(answer.aiter_raw(), answer.status_code)
        response.raw_headers = [(k.lower(), v) for k, v in answer.headers.raw if k.lower().decode() not in HOP_BY_HOP]
        return response


@dataclass
class ProxiedSite:
    """A site behind a proxy: the address for browsers, and that of the server itself."""

    url: str
    server: str

    @property
    def home(self) -> str:
        return f"{self.url}{PREFIX_PATH}"


@pytest.fixture(scope="module", params=["header", "option"])
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProxiedSite]:
    """The prefix comes from the proxy's header, or from `--root-path`."""
    by_header = request.param == "header"
    proxies = Proxies(("127.0.0.1",), "" if by_header else PREFIX_PATH)
    extra = {"x-forwarded-prefix": PREFIX_PATH} if by_header else {}
    with admin_site(tmp_path_factory.mktemp("site")) as served:
        prepare(served)
        with (
            serving(make_web(served.database), proxies=proxies) as server,
            serving(StrippingProxy(server.removesuffix(PREFIX_PATH), extra).application()) as url,
        ):
            yield ProxiedSite(url, server.removesuffix(PREFIX_PATH))


def prepare(site: AdminSite) -> None:
    accounts = make_accounts(site.database)
    for name in ("root", "ann"):
        accounts.set_password(site.people[name], "correct horse")
        with site.database.writing() as session:
            open_sign_in(session, digest(f"cookie-{name}"), site.people[name], now=datetime.now(UTC))
    plan = CampaignPlan("Scores", kind=CampaignKind.satisfaction, scoring=ScoringPlan())
    with site.database.writing() as session:
        invite_raters(session, create_campaign(session, plan, now=datetime.now(UTC)), [site.people["ann"]])


def test_every_page_and_call_stays_below_the_prefix(site: ProxiedSite, page: Page, traffic: Traffic) -> None:
    page.goto(f"{site.home}/")
    assert page.url == f"{site.home}/login?next=%2F"
    page.fill("#username", "root")
    page.fill("#password", "correct horse")
    page.click("form button")
    page.wait_for_selector("#adm-board")
    assert page.url == f"{site.home}/admin/"
    cookies = {cookie.get("name"): cookie.get("path") for cookie in page.context.cookies()}
    assert cookies == {"evenhand_session": PREFIX_PATH, "evenhand_language": PREFIX_PATH}
    for tab in page.get_by_role("tab").all()[1:]:
        with page.expect_response(lambda response: "/gradio_api/queue/" in response.url or "/api/" in response.url):
            tab.click()
    page.click(".adm-top nav a")
    page.wait_for_selector("#ev-compare")
    assert page.url == f"{site.home}/"
    page.wait_for_function("document.querySelector('#ev-compare').dataset.state !== 'loading'")
    page.goto(link_in(page, "admin"))
    page.wait_for_selector("#adm-board")
    page.click(".adm-top form button")
    page.wait_for_url(f"{site.home}/login")
    assert page.context.cookies() == [] or "evenhand_session" not in {c.get("name") for c in page.context.cookies()}
    page.fill("#username", "ann")
    page.fill("#password", "correct horse")
    page.click("form button")
    page.wait_for_selector("#ev-rate[data-state=ready]")
    assert page.url == f"{site.home}/rate", "somebody who only scores is sent to the Rate page"
    outside = {request.url for request in traffic.requests if not urlsplit(request.url).path.startswith(PREFIX_PATH)}
    assert outside - {f"{site.url}/favicon.ico"} == set()
    failed = {(answer.url, answer.status) for answer in traffic.responses if answer.status >= 400}
    assert {one for one in failed if not one[0].endswith(("/favicon.ico", "/login"))} == set()
    assert traffic.outside(site.url) == []


def link_in(page: Page, part: str) -> str:
    """The address that a link of the Compare page leads to."""
    return str(page.eval_on_selector(f"#ev-compare [data-part={part}]", "link => link.href"))


def test_votes_and_errors_work_below_the_prefix(site: ProxiedSite) -> None:
    headers = {"origin": site.url, "cookie": "evenhand_session=cookie-ann"}
    with httpx.Client(headers=headers, timeout=60) as client:
        assert client.post(f"{site.home}/api/compare", json={}).status_code == 200
        assert client.get(f"{site.home}/api/texts").status_code == 200
        assert client.get(f"{site.home}/nothing", headers={"accept": "text/html"}).status_code == 404
        assert client.get(f"{site.home}/gradio_api/file=/etc/passwd").status_code == 404
        assert client.get(f"{site.home}/admin/config").status_code == 403
        root = client.get(f"{site.home}/config").json()["root"]
        assert root == site.home
    for path, location in (("/admin/", "/arena/login?next=%2Fadmin%2F"), ("/", "/arena/login?next=%2F")):
        answer = httpx.get(f"{site.home}{path}", headers={"accept": "text/html"})
        assert (answer.status_code, answer.headers["location"]) == (303, location)
    with_sheets = httpx.get(f"{site.home}/login").text
    assert 'href="/arena/static/' in with_sheets
    assert 'href="/static/' not in with_sheets
