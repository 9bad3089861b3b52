"""Build the services of a process: the only place that knows all parts, the clocks and the randomness.

Parts are imported by the functions that build them, because the command line needs the clocks and little else.
"""

import asyncio
import os
import platform
import random
import secrets
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from fastapi import FastAPI

    from app.models.claiming import Holder
    from app.models.endpoint_backend import EndpointBackend
    from app.models.local_chat import LocalChat
    from app.models.local_vision import LocalVisionChat
    from app.models.moderation_settings import ModerationSettings
    from app.models.offered import OfferedModel
    from app.models.references import EndpointReference, LocalReference
    from app.rendering.html import Renderer
    from app.settings import EndpointAddress
    from app.web.accounts.accounts import Accounts
    from app.web.accounts.sessions import SignIns
    from app.web.application import LiveArena
    from app.web.compare.rendered_pairs import RenderedCompareService
    from app.web.live.answer_writing import Speaker
    from app.web.live.arena_engine import ArenaEngine
    from app.web.rate.rendered_ratings import RenderedRatingService
    from arena.live.conversations import LiveConversations
    from judging.chat.batch import BatchLimits, Environment, Price
    from judging.chat.endpoint import Endpoint
    from judging.chat.model import ChatSettings
    from judging.chat.wire.images import ImageSource
    from objective.engine.settings import ModelSettings
    from storage.database.engine import Database

PASSWORD_BYTES = 12
"""Random bytes of a password that is made for somebody: 96 bits in 16 characters."""

seconds: Callable[[], float] = time.monotonic
"""A clock in seconds that never goes back; its zero means nothing."""

STOPWATCHES: Mapping[Literal["wall", "cpu"], Callable[[], float]] = {
    "wall": time.perf_counter,
    "cpu": time.process_time,
}
"""Clocks for measurements, in seconds: elapsed time, and processor time of this process."""


def clock() -> datetime:
    """The present time in UTC."""
    return datetime.now(UTC)


def mint() -> str:
    """A token that nobody can guess: 256 random bits in 43 characters."""
    return secrets.token_urlsafe(32)


def shuffle(number: int) -> list[int]:
    """The whole numbers from 0 below `number` in an order that nobody can guess."""
    return secrets.SystemRandom().sample(range(number), number)


def make_password() -> str:
    """A password that nobody can guess."""
    return secrets.token_urlsafe(PASSWORD_BYTES)


def make_environment() -> "Environment":
    """Waiting, randomness and the clock for a batch of requests."""
    from judging.chat.batch import Environment

    return Environment(asyncio.sleep, random.Random(), seconds)  # noqa: S311  spreads waiting times


def make_holder() -> "Holder":
    """This process as a holder of claims; on this machine it can be told whether another one still runs."""
    from app.models.claiming import Holder

    machine = _machine()
    windows = os.name == "nt"  # where signal 0 would end the process

    def is_gone(name: str) -> bool:
        where, _, rest = name.partition("/")
        process = rest.partition("/")[0]
        if windows or where != machine or not process.isdigit():
            return False
        try:
            os.kill(int(process), 0)
        except ProcessLookupError:
            return True
        except OSError:
            return False
        return False

    return Holder(f"{machine}/{os.getpid()}/{secrets.token_hex(8)}", is_gone)


def _machine() -> str:
    """A name of this machine since its start; within containers, of the container."""
    from storage.values import canonical_json, digest

    parts = [platform.node()]
    for path in ("/proc/sys/kernel/random/boot_id", "/proc/self/ns/pid"):
        with suppress(OSError):
            parts.append(str(Path(path).readlink()) if path.endswith("pid") else Path(path).read_text().strip())
    return digest(canonical_json(parts))[:16]


def make_accounts(database: "Database") -> "Accounts":
    """The accounts of a store."""
    from app.web.accounts.accounts import Accounts
    from app.web.accounts.passwords import Passwords
    from app.web.accounts.throttle import Throttle

    throttle = Throttle(salt=secrets.token_bytes(16), seconds=seconds)
    return Accounts(database, clock=clock, passwords=Passwords(), throttle=throttle)


def make_web(
    database: "Database", offered: "Sequence[OfferedModel]" = (), moderation: "ModerationSettings | None" = None
) -> "FastAPI":
    """The whole web application over an open store.

    Args:
        database: the store.
        offered: the models of its live arena.
        moderation: what checks prompts and answers there; None for nothing.
    """
    from app.web.gradio_start import import_gradio

    import_gradio()

    from app.rendering.html import Renderer
    from app.ui.admin.endpoints import StaffEndpoints
    from app.ui.admin.pages import AdminServices, admin_look, admin_pages, staff_parts
    from app.ui.leaderboard.boards import LeaderboardSource
    from app.ui.rate.page import rate_texts
    from app.ui.rate.rater_pages import rater_head, rater_pages
    from app.ui.texts import page_texts
    from app.web.accounts.sessions import SignIns
    from app.web.application import GradioPages, Services, make_application
    from app.web.media.picture_route import PictureRoute

    renderer = Renderer()
    accounts = make_accounts(database)
    sign_ins = SignIns(database, clock=clock)
    voting, rating = _rater_services(database, renderer)
    admin = AdminServices(database=database, clock=clock, accounts=accounts, renderer=renderer, mint=mint)
    return make_application(
        Services(
            database=database,
            accounts=accounts,
            sign_ins=sign_ins,
            voting=voting,
            texts=page_texts,
            rating=rating,
            rating_texts=rate_texts,
            rater_pages=GradioPages(rater_pages, {"head": rater_head()}),
            admin_pages=GradioPages(lambda: admin_pages(admin), admin_look()),
            boards=LeaderboardSource(admin),
            staff_routes=StaffEndpoints(admin, staff_parts(admin), sign_ins=sign_ins).routes(),
            live=make_live_arena(database, offered, renderer, sign_ins, moderation),
            picture_routes=PictureRoute(database, sign_ins=sign_ins, clock=clock).routes(),
        )
    )


def _rater_services(
    database: "Database", renderer: "Renderer"
) -> tuple["RenderedCompareService", "RenderedRatingService"]:
    """The services of the Compare page and of the Rate page, with one cache of rendered texts."""
    from app.web.compare.rendered_pairs import RenderedCompareService
    from app.web.compare.rendered_texts import RenderedTexts
    from app.web.rate.rendered_ratings import RenderedRatingService
    from arena.campaigns.own_work.scores import OwnScores
    from arena.campaigns.own_work.votes import OwnVotes
    from arena.campaigns.service import RatingService, VotingService

    texts = RenderedTexts(database, renderer)
    voting, votes = VotingService(database, clock=clock, mint=mint), OwnVotes(database, clock=clock, mint=mint)
    rating, scores = RatingService(database, clock=clock, mint=mint), OwnScores(database, clock=clock, mint=mint)
    return (
        RenderedCompareService(database, voting, votes, texts),
        RenderedRatingService(database, rating, scores, texts),
    )


def make_live_arena(
    database: "Database",
    offered: "Sequence[OfferedModel]",
    renderer: "Renderer",
    sign_ins: "SignIns",
    moderation: "ModerationSettings | None" = None,
) -> "LiveArena":
    """The live arena over some models, which are added to the store if they are not in it."""
    from app.ui.live.page import live_texts
    from app.ui.trials.page import trial_texts
    from app.web.application import LiveArena
    from app.web.compare.rendered_texts import RenderedTexts
    from app.web.live.trial_api import TrialApi
    from app.web.live.trial_talks import TrialTalks
    from app.web.live.views import LiveViews
    from arena.live.conversations import LiveConversations
    from arena.live.pictures import LivePictures
    from arena.live.records import Offer
    from storage.questions.questions import ensure_models

    ids: dict[str, int] = {}
    if offered:
        with database.writing() as session:
            ids = ensure_models(session, [one.name for one in offered])
    offers = [Offer(ids[one.name], one.name, one.weight, one.stored_settings, one.vision) for one in offered]
    makers = [one.maker for one in offered if one.maker]
    live = LiveConversations(
        database, offers, clock=clock, mint=mint, random=secrets.SystemRandom().random, makers=makers
    )
    engine = _make_arena_engine(live, {ids[one.name]: one for one in offered}, moderation, stored_pictures(database))
    views = LiveViews(database, live, renderer, RenderedTexts(database, renderer))
    talks = TrialTalks(mint=mint, seconds=seconds)
    trials = TrialApi(engine, talks, renderer, sign_ins=sign_ins, texts=trial_texts)
    return LiveArena(engine, views, LivePictures(database, clock=clock), live_texts, trials)


def _make_arena_engine(
    live: "LiveConversations",
    offered: "Mapping[int, OfferedModel]",
    moderation: "ModerationSettings | None",
    pictures: "ImageSource",
) -> "ArenaEngine":
    """The engine that asks the models on offer, which are given by their ids in the store."""
    from app.models.moderation_asking import open_moderation
    from app.settings import address_of_endpoint
    from app.web.live.address_limit import AddressLimit
    from app.web.live.answer_writing import ArenaModel
    from app.web.live.arena_engine import ArenaEngine
    from app.web.live.slots import Slots

    def make_client(checks: "ModerationSettings") -> "Endpoint":
        return make_endpoint(address_of_endpoint(checks.base_url, checks.key, timeout_seconds=checks.timeout_seconds))

    loaded = load_local_models(list(offered.values()), pictures)
    checks, release = open_moderation(moderation, make_client)
    closing: list[Callable[[], Awaitable[None]]] = [release, *(model.close for model in loaded.values())]

    def make_models() -> dict[int, ArenaModel]:
        made: dict[int, ArenaModel] = {}
        for number, one in offered.items():
            speaker, close = make_speaker(one, live.database, loaded)
            closing.append(close)
            made[number] = ArenaModel(speaker, Slots(one.concurrent), one.price, checks)
        return made

    async def close() -> None:
        for end in closing:
            await end()

    addresses = AddressLimit(salt=secrets.token_bytes(16), seconds=seconds)
    return ArenaEngine(live, make_models, seconds=seconds, close=close, addresses=addresses, moderation=checks)


def load_local_models(
    offered: "Sequence[OfferedModel]", pictures: "ImageSource | None" = None
) -> "dict[str, LocalChat | LocalVisionChat]":
    """The models of this machine that are on offer, by path; each is loaded once, whatever number of names it has.

    Args:
        offered: the models on offer.
        pictures: finds the images of conversations.

    Raises:
        BadInput: a model cannot be loaded, or its tokenizer has no chat template.
    """
    from app.models.references import LocalReference

    paths = {one.reference.path for one in offered if isinstance(one.reference, LocalReference)}
    return {path: make_local_chat(path, pictures) for path in sorted(paths)}


def make_speaker(
    offered: "OfferedModel", database: "Database", loaded: "Mapping[str, LocalChat | LocalVisionChat]"
) -> "tuple[Speaker, Callable[[], Awaitable[None]]]":
    """A model on offer, to be made and used in one event loop, and a function that releases it.

    Args:
        offered: the model.
        database: the store, which keeps the dialects of endpoints.
        loaded: models of this machine by path.
    """
    from app.models.references import LocalReference
    from app.models.speaking import EndpointSpeaker, LocalSpeaker
    from app.settings import address_of_endpoint

    async def nothing() -> None:
        """Models of this machine are released once for all their names."""

    if isinstance(offered.reference, LocalReference):
        return LocalSpeaker(offered, loaded[offered.reference.path]), nothing
    address = address_of_endpoint(offered.base_url, offered.key, timeout_seconds=offered.timeout_seconds)
    address = replace(address, vision=offered.vision)
    endpoint = make_endpoint(address, database)
    return EndpointSpeaker(offered, endpoint), endpoint.close


def make_endpoint(
    address: "EndpointAddress", database: "Database | None" = None, *, pictures: "ImageSource | None" = None
) -> "Endpoint":
    """The client for an endpoint, to be made and used in one event loop.

    Args:
        address: how the endpoint is reached.
        database: the store that keeps the dialect of the endpoint and the images of questions; None for none.
        pictures: finds images that are not in the store; None to take those of the store.
    """
    from app.models.dialect_memory import StoredDialects
    from judging.chat.endpoint import Endpoint, EndpointAccess

    memory = None if database is None else StoredDialects(database, address.base_url, clock=clock)
    if pictures is None and database is not None:
        pictures = stored_pictures(database)
    access = EndpointAccess(address.base_url, address.key, address.headers, address.timeout_seconds, address.proxy)
    return Endpoint(
        access,
        seconds=seconds,
        report=_tell,
        clock=clock,
        memory=memory,
        pictures=pictures if address.vision else None,
    )


def stored_pictures(database: "Database") -> "ImageSource":
    """The images of a store, for requests to models."""
    from app.models.stored_pictures import StoredPictures

    return StoredPictures(database)


def _tell(text: str) -> None:
    """Tell the user something beside the output of a command."""
    sys.stderr.write(f"{text}\n")


def make_chat(
    model: "EndpointReference | LocalReference",
    address: "EndpointAddress | None",
    database: "Database | None" = None,
) -> "Endpoint | LocalChat | LocalVisionChat":
    """A model that replies, to be made and used in one event loop.

    Args:
        model: reference to the model; a local one is loaded.
        address: the endpoint; needed for a model at an endpoint.
        database: the store that keeps the dialect of the endpoint; None for none.

    Raises:
        BadInput: a local model cannot be loaded, or its tokenizer has no chat template.
    """
    from app.models.references import LocalReference

    if isinstance(model, LocalReference):
        return make_local_chat(model.path, None if database is None else stored_pictures(database))
    if address is None:
        raise RuntimeError("the address is read before a model at an endpoint is made")
    return make_endpoint(address, database)


def make_endpoint_backend(
    model: "EndpointReference",
    address: "EndpointAddress",
    limits: "BatchLimits",
    price: "Price",
    adapt: "Callable[[ChatSettings], ChatSettings]",
    database: "Database | None" = None,
) -> "EndpointBackend":
    """A model at an endpoint as the backend of tasks; `adapt` adds what every request holds beside usual fields."""
    from app.models.endpoint_backend import EndpointBackend

    return EndpointBackend(
        model.name,
        lambda images: make_endpoint(address, database, pictures=images),
        limits,
        price,
        make_environment(),
        adapt,
    )


def make_local_chat(path: str, pictures: "ImageSource | None" = None) -> "LocalChat | LocalVisionChat":
    """A model of this machine as a chat model, for judges and respondents.

    Args:
        path: folder or hub name.
        pictures: finds the images of requests; None to read text only, where the model could read images too.

    Raises:
        BadInput: the model cannot be loaded, or its tokenizer has no chat template.
    """
    from contextlib import ExitStack

    from app.models.local_chat import LocalChat
    from app.models.local_libraries import local_libraries

    with local_libraries():
        from objective.engine.backends import open_backend
        from objective.engine.loading.model import load_tokenizer
        from objective.engine.loading.vision import reads_images
        from objective.engine.settings import ModelSettings, RunSettings

    settings, closing = ModelSettings(path), ExitStack()
    if pictures is not None and reads_images(settings):
        return _make_local_vision_chat(settings, pictures)
    tokenizer = load_tokenizer(settings)
    return LocalChat(closing.enter_context(open_backend(settings, RunSettings())), tokenizer, closing, seconds=seconds)


def _make_local_vision_chat(settings: "ModelSettings", pictures: "ImageSource") -> "LocalVisionChat":
    from functools import partial

    from app.models.local_vision import LocalVisionChat
    from objective.engine.loading.vision import load_vision_model
    from objective.engine.writing.about_images import write_about_images

    return LocalVisionChat(partial(write_about_images, load_vision_model(settings)), pictures, seconds=seconds)


def load_tokenizer(settings: "ModelSettings") -> Any:  # noqa: ANN401  transformers does not type its tokenizers
    """The tokenizer of a local model, for its chat template and to count tokens.

    Raises:
        BadInput: there is none at its path, or the libraries that would load it are not installed.
    """
    from app.models.local_libraries import local_libraries

    with local_libraries():
        from objective.engine.loading import model as loading

    return loading.load_tokenizer(settings)
