"""The pipeline of images for prompts: take one from a rater, forget one, and check those that a prompt names.

A prompt names its images by digest. A digest counts only if this rater has sent the image, so nobody can bring another
person's image into a conversation, or learn whether it is in the store.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from threading import Lock

from sqlalchemy import Connection

from arena.live.records import TooManyPictures, WrongPictures
from storage.campaigns.campaigns import open_to
from storage.conversations import uploads
from storage.conversations.live_campaigns import live_settings
from storage.database.engine import Database
from storage.errors import NotFound
from storage.media.pictures import Picture, digest_of
from storage.media.stored_pictures import PictureFacts, known_origins
from storage.values import CampaignKind, Part, Turn

MOST_PICTURES = 10
"""Images of one prompt."""
LARGEST_PICTURE = 5_000_000
"""Bytes of an image as it is sent."""
MOST_UPLOADS = 200
"""Images that a rater may send within a day, also those that are refused, sent again or taken out again."""
MOST_PIXELS = 16_000_000
"""Pixels of an image that is sent."""
DAY = timedelta(days=1)
_MOST_SWEPT = 5
"""Images that are deleted when another one is sent."""


class LivePictures:
    """The images of one store's raters; thread-safe."""

    def __init__(self, database: Database, *, clock: Callable[[], datetime]) -> None:
        """Serve a store with a clock of UTC times."""
        self._database, self._clock = database, clock
        self._tried: dict[int, list[datetime]] = {}
        self._lock = Lock()

    def admit(self, rater_id: int, campaign_id: int) -> None:
        """Check that a rater may send an image now, and count the attempt, whatever becomes of it.

        Raises:
            NotFound: the rater has nothing to do with this campaign.
            WrongPictures: the campaign takes no images.
            TooManyPictures: the rater has sent too many within a day.
        """
        now = self._clock()
        with self._database.reading() as session:
            if campaign_id not in open_to(session, rater_id, CampaignKind.live):
                raise NotFound("this campaign does not exist or is not yours; choose another")
            if not live_settings(session, campaign_id).images:
                raise WrongPictures("this campaign takes no images; send the prompt without them")
            stored = [] if rater_id in self._tried else uploads.upload_times(session, rater_id, since=now - DAY)
        with self._lock:
            tried = [at for at in self._tried.get(rater_id, stored) if at > now - DAY]
            if len(tried) >= MOST_UPLOADS:
                raise TooManyPictures(f"expected at most {MOST_UPLOADS} images a day, got one more; go on tomorrow")
            self._tried[rater_id] = [*tried, now]

    def add_known(self, rater_id: int, data: bytes) -> PictureFacts | None:
        """Take an image whose bytes are known, without decoding them again.

        Returns:
            what is known of the image; None if the bytes are new.

        Raises:
            ErasedPicture: the image was erased before.
        """
        self._forget_old(rater_id)
        origin = digest_of(data)
        with self._database.reading() as session:
            known = known_origins(session, [origin]).get(origin)
        if known is None:
            return None
        with self._database.writing() as session:
            return uploads.add_known_upload(session, rater_id, known, now=self._clock())

    def add(self, rater_id: int, picture: Picture) -> None:
        """Store a clean image of a rater. Raises `ErasedPicture` if it was erased before."""
        with self._database.writing() as session:
            uploads.add_upload(session, rater_id, picture, now=self._clock())

    def forget(self, rater_id: int, sha256: str) -> None:
        """Delete an image that a rater took out of a prompt before sending it; any other stays as it is."""
        self._forget(rater_id, sha256, before=datetime.max.replace(tzinfo=UTC))

    def _forget_old(self, rater_id: int) -> None:
        """Delete images that a rater sent more than a day ago and never used, a few at a time."""
        before = self._clock() - DAY
        with self._database.reading() as session:
            old = uploads.unused_uploads(session, rater_id, before=before, most=_MOST_SWEPT)
        for sha256 in old:
            self._forget(rater_id, sha256, before=before)

    def _forget(self, rater_id: int, sha256: str, *, before: datetime) -> None:
        with self._database.reading() as session:
            searched = uploads.search_shown(session, rater_id, sha256)
        if searched is not None:
            with self._database.writing() as session:
                uploads.forget_upload(session, rater_id, sha256, searched, before=before)


def prompt_turn(
    connection: Connection, rater_id: int, text: str, pictures: Mapping[str, str], *, now: datetime
) -> str | Turn:
    """What is stored of a prompt: its text, or its text and images, which count as sent from now on.

    Args:
        connection: connection to the store.
        rater_id: the rater.
        text: the words of the prompt.
        pictures: what the rater says that each image shows, by its digest; "" where nothing is said.
        now: time of the prompt.

    Raises:
        WrongPictures: too many images, or one that this rater has not sent.
    """
    if not pictures:
        return text
    if len(pictures) > MOST_PICTURES:
        raise WrongPictures(f"expected at most {MOST_PICTURES} images, got {len(pictures)}; take some out")
    chosen = list(pictures)
    if uploads.own_uploads(connection, rater_id, chosen) != set(chosen):
        raise WrongPictures("an image of this prompt is not yours or is no longer in the store; attach it again")
    uploads.use_uploads(connection, rater_id, chosen, now=now)
    images: list[Part] = [{"type": "image", "media": one, "alt": said} for one, said in pictures.items()]
    return [{"type": "text", "text": text}, *images]
