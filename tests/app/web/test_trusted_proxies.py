"""What a proxy says of the address that a person sees counts only from a trusted one, and only where it can be true."""

from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from app.web.connections.proxies import BehindProxy
from app.web.connections.sub_path import PREFIX, normal_prefix, with_prefix
from app.web.serving import Proxies
from storage.errors import BadInput


async def describe(request: Request) -> JSONResponse:
    response = JSONResponse(
        {
            "url": str(request.url),
            "client": request.client.host if request.client else None,
            "left": [key for key in request.headers if key.startswith("x-") or key == "forwarded"],
        }
    )
    response.set_cookie("c", "1", path="/")
    return response


SPOOFED = {
    "host": "real.example",
    "x-forwarded-host": "evil.example",
    "x-forwarded-proto": "https",
    "x-forwarded-for": "198.51.100.1, 203.0.113.7",
    "x-forwarded-prefix": "/evil",
    "x-gradio-server": "http://evil.example",
    "x-real-ip": "198.51.100.1",
    "forwarded": "for=198.51.100.1;host=evil.example",
}


def ask(proxies: Proxies, headers: dict[str, str], path: str = "/page") -> Any:
    site = Starlette(routes=[Route("/page", describe)])
    proxied = BehindProxy(site, trusted=proxies.trusted, root_path=proxies.root_path)
    return TestClient(proxied, client=("127.0.0.1", 50_000)).get(path, headers=headers)


@pytest.mark.parametrize("trusted", [(), ("10.0.0.0/8",)], ids=["nobody", "somebody else"])
def test_what_an_untrusted_client_claims_counts_for_nothing(trusted: tuple[str, ...]) -> None:
    answer = ask(Proxies(trusted), SPOOFED)
    assert answer.json() == {"url": "http://real.example/page", "client": "127.0.0.1", "left": []}
    assert answer.headers["set-cookie"] == "c=1; Path=/; SameSite=lax"


def test_what_a_trusted_proxy_says_counts(tmp_path: Path) -> None:
    answer = ask(Proxies(("127.0.0.0/8",)), SPOOFED)
    assert answer.json() == {"url": "https://evil.example/evil/page", "client": "203.0.113.7", "left": []}
    assert answer.headers["set-cookie"] == "c=1; Path=/evil; SameSite=lax"


@pytest.mark.parametrize(
    ("said", "url"),
    [
        ({"x-forwarded-host": "a.example/evil"}, "http://real.example/page"),
        ({"x-forwarded-prefix": "//evil.example"}, "http://real.example/page"),
        ({"x-forwarded-prefix": "/api"}, "http://real.example/page"),
        ({"x-forwarded-proto": "javascript"}, "http://real.example/page"),
        ({"x-forwarded-host": "outer.example, inner.example:8080"}, "http://inner.example:8080/page"),
    ],
)
def test_what_is_no_host_path_or_scheme_is_left_out(said: dict[str, str], url: str) -> None:
    answer = ask(Proxies(("127.0.0.1",)), {"host": "real.example"} | said)
    assert answer.json()["url"] == url


@pytest.mark.parametrize("path", ["/page", "/arena/page"])
def test_a_root_path_holds_whether_or_not_the_proxy_strips_it(path: str) -> None:
    answer = ask(Proxies((), "/arena"), {"host": "real.example"}, path)
    assert answer.json()["url"] == "http://real.example/arena/page"


def test_a_wrong_proxy_or_root_path_is_reported() -> None:
    with pytest.raises(BadInput, match="IP address or network"):
        BehindProxy(Starlette(), trusted=["proxy.example"])
    for root_path in ("arena", "/a//b", "/admin", "/a?b", "/../x", "https://a.example/b"):
        with pytest.raises(BadInput, match="correct --root-path"):
            BehindProxy(Starlette(), root_path=root_path)
    assert [normal_prefix(text) for text in ("", "/", "/arena/", "/a/b")] == ["", "", "/arena", "/a/b"]


def test_only_links_of_the_site_get_the_prefix() -> None:
    token = PREFIX.set("/arena")
    try:
        html = rb'<a href="/x"><img src=\"/y\"><form action="/z"><a href="//other"><a href="z"><a href="https://o/">'
        assert with_prefix(html) == (
            rb'<a href="/arena/x"><img src=\"/arena/y\"><form action="/arena/z"><a href="//other"><a href="z">'
            rb'<a href="https://o/">'
        )
    finally:
        PREFIX.reset(token)
