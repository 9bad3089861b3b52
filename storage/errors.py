"""Every error that a user may see, as one tree; a test holds the drawing equal to the classes.

A message is one sentence that says what was expected, what came and what to do. The command line prints it after
`evenhand:` and exits with 1; a web page shows it as it is. Any other exception that escapes is a defect.

    EvenhandError
    ├── StoreError              the database cannot be used as it is
    │   ├── StoreBusy           another process held the write lock for too long
    │   ├── StoreDamaged        the file of the database is damaged
    │   ├── StoreFull           the disk has no space left
    │   ├── StoreGone           the file of the database was deleted or replaced while it was in use
    │   └── StoreVersionError   a newer version has written the database
    ├── BadInput                a value, file or option does not hold what it must
    │   ├── BadRows             rows of an imported file were refused, each with file and line
    │   ├── BadRequest          a browser sent a body that the vote API does not take
    │   ├── NothingToRank       a selection without a row to rank models by
    │   ├── FusionRefused       people and judges that cannot be put on one leaderboard
    │   ├── NothingToCompare    a selection without two raters who judged the same
    │   ├── NothingToExamine    a selection without a row to look for biases in
    │   ├── WrongPictures       images of a prompt that are not the rater's, too many, or not taken here
    │   ├── ErasedPicture       an image that was erased from the store is sent again
    │   ├── TooFewModelsSee     fewer than two models that read images for a prompt with images
    │   ├── UnclearOptions      a row of a task file has options that cannot be read
    │   └── TaskProblem         a task or one of its items cannot be asked as it is
    ├── NotFound                a name, key or token that is not in the store
    │   └── MissingData         the data of a task is not there
    ├── NotAllowed              a role or an ownership forbids it
    ├── Conflict                something exists already or has changed in the meantime
    ├── RefusedForm             a form on a page cannot be carried out
    ├── WrongCredentials        no active account has this user name and password
    ├── TooManyAttempts         too many failed sign-ins in a short time
    ├── TooManyConversations    a rater has begun as many live conversations as a day allows
    ├── TooManyPictures         a rater has sent as many images as a day allows
    ├── PromptRefused           moderation refused a prompt of a live conversation
    ├── ModerationDown          a prompt of a live conversation cannot be checked now
    ├── RequestError            a request to a model gave no reply
    ├── BackendOutage           an endpoint cannot answer tasks for now
    ├── PortUnavailable         the port to serve on cannot be used
    └── StartupFailed           the server failed before it could answer
"""

from collections.abc import Sequence


class EvenhandError(Exception):
    """The root of the tree: catch it to turn any expected failure into a sentence for a person."""


class StoreError(EvenhandError):
    """The database cannot be opened, read or written as it is."""


class StoreBusy(StoreError):
    """Another process held the write lock longer than the busy timeout."""


class StoreDamaged(StoreError):
    """The file of the database is damaged; a backup has to be restored."""


class StoreFull(StoreError):
    """The disk of the database has no space left; nothing was changed."""


class StoreGone(StoreError):
    """The file of the database was deleted, moved or replaced while it was in use; nothing was saved."""


class StoreVersionError(StoreError):
    """The database carries a migration that this version does not know."""


class BadInput(EvenhandError):
    """A value, file or option from outside does not hold what it must."""


class BadRows(BadInput):
    """Rows of an imported file that were refused; nothing of the file was stored.

    Attributes:
        rows: one sentence per bad row, each beginning with `FILE:LINE:`.
        truncated: number of further bad rows that are not listed.
    """

    def __init__(self, summary: str, rows: Sequence[str], truncated: int = 0) -> None:
        """Use the summary as the message and keep the rows for a report."""
        super().__init__(summary)
        self.rows = tuple(rows)
        self.truncated = truncated


class NotFound(EvenhandError):
    """A name, key or token that is not in the store."""


class NotAllowed(EvenhandError):
    """This person may not do this: the role does not allow it, or the ballot is another person's."""


class Conflict(EvenhandError):
    """The request contradicts what the store holds already."""
