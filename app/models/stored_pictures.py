"""Images of the store as chat models send them."""

from judging.chat.wire.images import ImageData
from storage.database.engine import Database
from storage.media.stored_pictures import find_picture


class StoredPictures:
    """Finds the images of a store by their digests; see `judging.chat.wire.images.ImageSource`."""

    def __init__(self, database: Database) -> None:
        """Read nothing yet."""
        self._database = database

    def __call__(self, media: str) -> ImageData | None:
        """The image of a digest; None if it is not in the store, or erased."""
        with self._database.reading() as session:
            found = find_picture(session, media)
        return None if found is None or found.data is None else ImageData(found.type, found.data)
