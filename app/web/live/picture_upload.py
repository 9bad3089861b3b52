"""`POST /api/live/picture`: take a picture for a prompt, decoded and written anew.

The body is the file itself. It is read only for a person who may send one. Bytes that are known are not decoded again,
and one picture is decoded at a time, because a picture of some megabytes takes a hundred times its size meanwhile.
"""

from functools import partial

import anyio
from anyio.to_thread import run_sync
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.web.accounts.sessions import SignIns, cookie_of
from app.web.compare.endpoints import json_reply
from app.web.language import language_of
from app.web.media.page_pictures import PagePicture, address_of
from app.web.refusals import error_json, error_of
from arena.live.pictures import LARGEST_PICTURE, MOST_PIXELS, LivePictures
from arena.live.records import WrongPictures
from storage.conversations.uploads import ErasedPicture
from storage.errors import BadInput, EvenhandError, NotFound
from storage.media.pictures import Picture, clean_picture
from storage.media.stored_pictures import PictureFacts

PATH = "/api/live/picture"
TYPES = ("image/png", "image/jpeg", "image/webp")
MOST_DECODED = 1
"""Pictures that are decoded at once."""

_CODES = {
    NotFound: "unknown_campaign",
    WrongPictures: "pictures_off",
    ErasedPicture: "picture_erased",
    BadInput: "bad_picture",
}


class PictureUploading:
    """Takes pictures of raters."""

    def __init__(self, pictures: LivePictures, *, sign_ins: SignIns) -> None:
        """Take pictures.

        Args:
            pictures: stores them.
            sign_ins: finds the person of a cookie.
        """
        self._pictures, self._sign_ins = pictures, sign_ins
        self._places: anyio.CapacityLimiter | None = None

    def route(self) -> Route:
        """Return the route for a mount at `/api`."""
        return Route(PATH.removeprefix("/api"), self._take, methods=["POST"])

    async def _take(self, request: Request) -> Response:
        headers = request.scope["headers"]
        language = language_of(headers)
        if request.headers.get("content-type", "").split(";")[0].strip().lower() not in TYPES:
            return error_json(415, "bad_picture", language)
        try:
            person = await run_in_threadpool(self._sign_ins.who, cookie_of(headers))
            if person is None:
                return error_json(401, "signed_out", language)
            language = person.language
            await run_in_threadpool(self._pictures.admit, person.rater_id, _campaign_of(request))
            body = await request.body()
            if len(body) > LARGEST_PICTURE:
                return error_json(413, "picture_too_large", language)
            picture: Picture | PictureFacts | None = await run_in_threadpool(
                self._pictures.add_known, person.rater_id, body
            )
            if picture is None:
                picture = await self._add(person.rater_id, body)
        except EvenhandError as error:
            status, code = error_of(error)
            return error_json(
                status, next((one for kind, one in _CODES.items() if isinstance(error, kind)), code), language
            )
        return json_reply(PagePicture(address_of(picture.sha256), "", picture.width, picture.height))

    async def _add(self, rater_id: int, body: bytes) -> Picture:
        self._places = self._places or anyio.CapacityLimiter(MOST_DECODED)
        picture = await run_sync(partial(clean_picture, most_pixels=MOST_PIXELS), body, limiter=self._places)
        await run_in_threadpool(self._pictures.add, rater_id, picture)
        return picture


def _campaign_of(request: Request) -> int:
    number = request.query_params.get("campaign", "")
    return int(number) if number.isascii() and number.isdecimal() and len(number) < 19 else 0
