"""Build the web application of a store: its pages, its calls, and the live arena with its models.

As in `wiring`, parts are imported by the functions that build them.
"""

import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from app.wiring import (
    clock,
    make_accounts,
    make_endpoint,
    make_local_chat,
    mint,
    seconds,
    stored_pictures,
)

if TYPE_CHECKING:
    from fastapi import FastAPI

    from app.models.local_chat import LocalChat
    from app.models.local_vision import LocalVisionChat
    from app.models.moderation_settings import ModerationSettings
    from app.models.offered import OfferedModel
    from app.rendering.html import Renderer
    from app.web.accounts.sessions import SignIns
    from app.web.application import LiveArena
    from app.web.compare.rendered_pairs import RenderedCompareService
    from app.web.live.answer_writing import Speaker
    from app.web.live.arena_engine import ArenaEngine
    from app.web.rate.rendered_ratings import RenderedRatingService
    from arena.live.conversations import LiveConversations
    from judging.chat.endpoint import Endpoint
    from judging.chat.wire.images import ImageSource
    from storage.database.engine import Database

LARGEST_SAMPLE = 2**31
"""Local models answer a prompt by a sample number below this, drawn anew for each answer."""


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
        pictures: finds the images of conversations, for models that are said to read images.

    Raises:
        BadInput: a model cannot be loaded, or its tokenizer has no chat template.
    """
    from app.models.references import LocalReference

    seeing: dict[str, bool] = {}
    for one in offered:
        if isinstance(one.reference, LocalReference):
            seeing[one.reference.path] = seeing.get(one.reference.path, False) or one.vision
    return {path: make_local_chat(path, pictures if sees else None) for path, sees in sorted(seeing.items())}


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
        model = loaded[offered.reference.path]
        return LocalSpeaker(offered, model, draw_sample=lambda: secrets.randbelow(LARGEST_SAMPLE)), nothing
    address = address_of_endpoint(offered.base_url, offered.key, timeout_seconds=offered.timeout_seconds)
    address = replace(address, vision=offered.vision)
    endpoint = make_endpoint(address, database)
    return EndpointSpeaker(offered, endpoint), endpoint.close
