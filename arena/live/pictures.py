"""The pipeline of images for prompts: take one from a rater, forget one, and check those that a prompt names.

A prompt names its images by digest. A digest counts only if this rater has sent the image, so nobody can bring another
person's image into a conversation, or learn whether it is in the store.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from arena.live.records import TooManyPictures, WrongPictures
from storage.campaigns.campaigns import open_to
from storage.conversations import uploads
from storage.conversations.live_campaigns import live_settings
from storage.database.engine import Database
from storage.errors import NotFound
from storage.media.pictures import Picture
from storage.values import CampaignKind, Part, Turn

MOST_PICTURES = 10
"""Images of one prompt."""
LARGEST_PICTURE = 5_000_000
"""Bytes of an image as it is sent."""
MOST_UPLOADS = 200
"""Images that a rater may send within a day."""
DAY = timedelta(days=1)


class LivePictures:
    """The images of one store's raters; thread-safe."""

    def __init__(self, database: Database, *, clock: Callable[[], datetime]) -> None:
        """Serve a store with a clock of UTC times."""
        self._database, self._clock = database, clock

    def admit(self, rater_id: int, campaign_id: int) -> None:
        """Check that a rater may send an image now.

        Raises:
            NotFound: the rater has nothing to do with this campaign.
            WrongPictures: the campaign takes no images.
            TooManyPictures: the rater has sent too many within a day.
        """
        with self._database.reading() as session:
            if campaign_id not in open_to(session, rater_id, CampaignKind.live):
                raise NotFound("this campaign does not exist or is not yours; choose another")
            if not live_settings(session, campaign_id).images:
                raise WrongPictures("this campaign takes no images; send the prompt without them")
            since = self._clock() - DAY
            if uploads.n_uploaded(session, rater_id, since=since) >= MOST_UPLOADS:
                raise TooManyPictures(f"expected at most {MOST_UPLOADS} images a day, got one more; go on tomorrow")

    def add(self, rater_id: int, picture: Picture) -> None:
        """Store a clean image of a rater. Raises `BadInput` if it was erased before."""
        with self._database.writing() as session:
            uploads.add_upload(session, rater_id, picture, now=self._clock())

    def forget(self, rater_id: int, sha256: str) -> None:
        """Delete an image that a rater took out of a prompt before sending it; any other stays as it is."""
        with self._database.writing() as session:
            uploads.forget_upload(session, rater_id, sha256)


def prompt_turn(
    connection: Connection, rater_id: int, text: str, pictures: Sequence[str], *, now: datetime
) -> str | Turn:
    """What is stored of a prompt: its text, or its text and images, which count as sent from now on.

    Raises:
        WrongPictures: too many images, or one that this rater has not sent.
    """
    if not pictures:
        return text
    if len(pictures) > MOST_PICTURES:
        raise WrongPictures(f"expected at most {MOST_PICTURES} images, got {len(pictures)}; take some out")
    chosen = list(dict.fromkeys(pictures))
    if uploads.own_uploads(connection, rater_id, chosen) != set(chosen):
        raise WrongPictures("an image of this prompt is not yours or is no longer in the store; attach it again")
    uploads.use_uploads(connection, rater_id, chosen, now=now)
    images: list[Part] = [{"type": "image", "media": one, "alt": ""} for one in chosen]
    return [{"type": "text", "text": text}, *images]
