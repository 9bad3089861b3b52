"""The web application: our routes, then the admin pages, then the Compare page.

Gradio is mounted twice because one mount is one permission domain: whoever may call one of its functions may call
all of them. Access is checked before a request reaches a mount.
"""

import os
import warnings
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route

from app.web.accounts.accounts import Accounts
from app.web.accounts.sessions import SignIns
from app.web.compare.api import VoteApi
from app.web.compare.protocol import CompareService
from app.web.crowd.crowd_pages import CrowdPages
from app.web.gate import ADMIN, PageGate, annotator_name, reviewer_name
from app.web.gradio_start import no_application
from app.web.headers import SecurityHeaders, complete_headers
from app.web.leaderboard.api import BoardApi, BoardSource
from app.web.live.api import LiveApi
from app.web.live.arena_engine import ArenaEngine
from app.web.live.picture_upload import PATH as UPLOAD_PATH
from app.web.live.picture_upload import PictureUploading
from app.web.live.trial_api import TrialApi
from app.web.live.views import LiveViews
from app.web.page_head import PageHead, can_set_language
from app.web.pages import Pages
from app.web.rate.api import RateApi
from app.web.rate.protocol import RateService
from app.web.refusals import error_of, refusal
from app.web.security import BODY_SECONDS, BodyDeadline, BodyLimit, NoFileValues, RequestGuard
from app.web.static_files import FOLDERS, GRADIO_FRONTEND, HashedStaticFiles
from arena.live.pictures import LARGEST_PICTURE, LivePictures
from storage.database.engine import Database
from storage.errors import EvenhandError
from storage.values import Language

if TYPE_CHECKING:
    import gradio as gr

_FILES = {UPLOAD_PATH: (LARGEST_PICTURE, "picture_too_large")}
"""Paths that take files: the largest one, and the code of the refusal of a larger one."""

_QUEUE_SECONDS = 0.01
"""Seconds between two looks of Gradio for waiting events. Its own millisecond keeps a tenth of a processor busy."""

_CODE_OF_STATUS = {403: "not_allowed", 404: "not_found", 405: "wrong_method", 413: "too_large"}


@dataclass(frozen=True)
class GradioPages:
    """The Gradio pages of one mount.

    Attributes:
        build: builds the pages; called once.
        look: further arguments of `gradio.mount_gradio_app`: `head`, `css`, `theme`, `i18n` and the like.
    """

    build: "Callable[[], gr.Blocks]"
    look: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class LiveArena:
    """The live arena of a server.

    Attributes:
        engine: writes the answers.
        views: renders conversations.
        pictures: stores the images of prompts.
        texts: returns the texts of its page in a language.
        trials: the calls of the page on which its models are tried by name.
    """

    engine: ArenaEngine
    views: LiveViews
    pictures: LivePictures
    texts: Callable[[Language], Mapping[str, object]]
    trials: TrialApi


@dataclass(frozen=True)
class Services:
    """Services of the web application.

    Attributes:
        database: the store.
        accounts: checks passwords and creates accounts.
        sign_ins: the browser sessions.
        voting: the voting service.
        texts: returns the Compare page's texts in a language.
        rating: the rating service.
        rating_texts: returns the Rate page's texts in a language.
        rater_pages: the pages for everyone, at `/`.
        admin_pages: the pages for admins and reviewers, at `/admin`.
        boards: the leaderboards of the Leaderboard page.
        staff_routes: the calls of the pages for admins, under `/api/staff`; each checks who calls.
        live: the live arena; None where no models are on offer.
        picture_routes: the pictures of the store, which check who may see one.
    """

    database: Database
    accounts: Accounts
    sign_ins: SignIns
    voting: CompareService
    texts: Callable[[Language], Mapping[str, object]]
    rating: RateService
    rating_texts: Callable[[Language], Mapping[str, object]]
    rater_pages: GradioPages
    admin_pages: GradioPages
    boards: BoardSource
    staff_routes: Sequence[Route] = ()
    live: LiveArena | None = None
    picture_routes: Sequence[Route] = ()


@dataclass(frozen=True)
class WebSettings:
    """Settings for the operator.

    Attributes:
        max_body_bytes: largest request body; larger ones get 413.
        concurrent_events: concurrent Gradio events per function.
        waiting_events: Gradio events that may wait; further ones get 503.
        body_seconds: seconds for the body of a request; slower ones get 408.
    """

    max_body_bytes: int = 200_000
    concurrent_events: int = 16
    waiting_events: int = 1000
    body_seconds: float = BODY_SECONDS


def make_application(services: Services, settings: WebSettings | None = None) -> FastAPI:
    """Build the application without serving it."""
    settings = settings or WebSettings()
    _be_quiet()
    application = FastAPI(
        title="Evenhand",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan(services.sign_ins, services.live),
        exception_handlers={HTTPException: _refuse, EvenhandError: _explain, Exception: _fail},
        middleware=[
            Middleware(SecurityHeaders),
            Middleware(RequestGuard, max_body_bytes=settings.max_body_bytes, files=_FILES),
            Middleware(BodyDeadline, seconds=settings.body_seconds),
            Middleware(BodyLimit, max_body_bytes=settings.max_body_bytes, files=_FILES),
            Middleware(PageGate, sign_ins=services.sign_ins),
            Middleware(NoFileValues),
        ],
    )
    api = VoteApi(services.voting, sign_ins=services.sign_ins, accounts=services.accounts, texts=services.texts)
    boards = BoardApi(services.boards, sign_ins=services.sign_ins)
    rating = RateApi(services.rating, sign_ins=services.sign_ins, texts=services.rating_texts)
    live = [] if services.live is None else _live_routes(services.live, services.sign_ins)
    pages = Pages(services.database, accounts=services.accounts, sign_ins=services.sign_ins)
    application.router.routes.extend(
        [
            *CrowdPages(services.database, accounts=services.accounts, sign_ins=services.sign_ins).routes(),
            Mount("/api/staff", routes=services.staff_routes),
            Mount("/api", routes=[*api.routes(), *rating.routes(), *boards.routes(), *live]),
            *pages.routes(),
            Mount("/media", routes=services.picture_routes),
            Route(ADMIN, _to_admin, methods=["GET"]),
            Mount("/static", HashedStaticFiles((*FOLDERS, GRADIO_FRONTEND / "static"))),
        ]
    )
    _mount(application, ADMIN, services.admin_pages, settings)
    _mount(application, "/", services.rater_pages, settings)
    return application


def _mount(application: FastAPI, path: str, pages: GradioPages, settings: WebSettings) -> None:
    """Mount Gradio pages without analytics, run history and API documentation."""
    import gradio as gr  # noqa: PLC0415  seconds that a refused start should not take

    with no_application():
        blocks = pages.build()
        blocks.queue(
            api_open=False,
            default_concurrency_limit=settings.concurrent_events,
            max_size=settings.waiting_events,
        )
        blocks._queue.sleep_when_free = _QUEUE_SECONDS  # noqa: SLF001  Gradio has no setting for it
    with warnings.catch_warnings():
        # Gradio would say of several pages that it turns off what is off anyway.
        warnings.filterwarnings("ignore", message="SSR mode is not supported")
        gr.mount_gradio_app(
            application,
            blocks,
            path,
            auth_dependency=reviewer_name if path == ADMIN else annotator_name,
            footer_links=[],
            run_history=False,
            enable_monitoring=False,
            ssr_mode=False,
            mcp_server=False,
            pwa=False,
            show_error=False,
            app_kwargs={
                "openapi_url": None,
                "docs_url": None,
                "redoc_url": None,
                "middleware": [Middleware(PageHead)] if can_set_language() else [],
            },
            **pages.look,
        )
    blocks.app = next(route.app for route in reversed(application.router.routes) if isinstance(route, Mount))
    blocks.has_launched = True  # without `launch`, Gradio would let its functions read and return any file


def _be_quiet() -> None:
    """Turn off the telemetry of Gradio and its libraries, which they read from the environment."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"


def _live_routes(live: LiveArena, sign_ins: SignIns) -> list[Route]:
    uploading = PictureUploading(live.pictures, sign_ins=sign_ins)
    api = LiveApi(live.engine, live.views, live.pictures, sign_ins=sign_ins, texts=live.texts)
    return [uploading.route(), *api.routes(), *live.trials.routes()]


def _lifespan(sign_ins: SignIns, live: LiveArena | None) -> Callable[[FastAPI], Any]:
    @asynccontextmanager
    async def lifespan(_application: FastAPI) -> AsyncIterator[None]:
        await run_in_threadpool(sign_ins.purge)
        yield
        if live is not None:
            await live.engine.close()

    return lifespan


async def _to_admin(_request: Request) -> Response:
    return RedirectResponse(f"{ADMIN}/")


async def _refuse(request: Request, error: Exception) -> Response:
    """Answer an HTTP error that one of our routes raised."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    response = refusal(request.scope, status, _CODE_OF_STATUS.get(status, "bad_input"))
    if isinstance(error, HTTPException):
        response.headers.update(error.headers or {})
    return response


async def _explain(request: Request, error: Exception) -> Response:
    """Answer an expected error of one of our routes, for example a busy store."""
    return refusal(request.scope, *error_of(error))


async def _fail(request: Request, _error: Exception) -> Response:
    """Answer an unexpected error; the traceback goes to the log, and the headers are added here."""
    response = refusal(request.scope, 500, "failed")
    start: dict[str, Any] = {"status": response.status_code, "headers": response.raw_headers}
    complete_headers(start)
    response.raw_headers = start["headers"]
    return response
