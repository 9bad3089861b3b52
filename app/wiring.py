"""Build the services of a process: the only place that knows all parts, the clock and the randomness.

Gradio and the pages are imported when an application is asked for, because they take seconds that the
command line should not.
"""

import secrets
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from app.rendering.html import Renderer
from app.web.accounts.accounts import Accounts
from app.web.accounts.passwords import Passwords
from app.web.accounts.sessions import SignIns
from app.web.accounts.throttle import Throttle
from app.web.compare.rendered_pairs import RenderedCompareService
from app.web.gradio_import import import_gradio
from arena.campaigns.service import VotingService
from storage.database.engine import Database

if TYPE_CHECKING:
    from fastapi import FastAPI

    from app.models.local_chat import LocalChat


def clock() -> datetime:
    """The present time in UTC."""
    return datetime.now(UTC)


def mint() -> str:
    """A token that nobody can guess: 256 random bits in 43 characters."""
    return secrets.token_urlsafe(32)


def make_accounts(database: Database) -> Accounts:
    """The accounts of a store."""
    throttle = Throttle(salt=secrets.token_bytes(16), seconds=time.monotonic)
    return Accounts(database, clock=clock, passwords=Passwords(), throttle=throttle)


def make_web(database: Database) -> "FastAPI":
    """The whole web application over an open store."""
    import_gradio()

    from app.ui.admin.pages import AdminServices, admin_look, admin_pages
    from app.ui.compare.page import compare_head, compare_page
    from app.ui.texts import page_texts
    from app.web.application import GradioPages, Services, make_application

    renderer = Renderer()
    accounts = make_accounts(database)
    sign_ins = SignIns(database, clock=clock)
    voting = RenderedCompareService(database, VotingService(database, clock=clock, mint=mint), renderer)
    admin = AdminServices(database=database, clock=clock, accounts=accounts, renderer=renderer)
    return make_application(
        Services(
            database=database,
            accounts=accounts,
            sign_ins=sign_ins,
            voting=voting,
            texts=page_texts,
            rater_pages=GradioPages(compare_page, {"head": compare_head()}),
            admin_pages=GradioPages(lambda: admin_pages(admin), admin_look()),
        )
    )


def make_local_chat(path: str) -> "LocalChat":
    """A model of this machine as a chat model, for judges and respondents.

    Args:
        path: folder or hub name.

    Raises:
        BadInput: it cannot be loaded, or its tokenizer has no chat template.
    """
    from contextlib import ExitStack

    from app.models.local_chat import LocalChat
    from storage.errors import BadInput

    try:
        from objective.engine.backends import open_backend
        from objective.engine.loading.model import load_tokenizer
        from objective.engine.settings import ModelSettings, RunSettings
    except ModuleNotFoundError as error:
        raise BadInput(
            f"expected {error.name} for a local model, found none; install it with pip install 'evenhand[local]'"
        ) from None
    settings, closing = ModelSettings(path), ExitStack()
    tokenizer = load_tokenizer(settings)
    return LocalChat(closing.enter_context(open_backend(settings, RunSettings())), tokenizer, closing)
