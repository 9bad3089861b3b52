"""Password hashes: Argon2id with the memory and time that OWASP's password storage sheet (2023) names as least.

A name that nobody has is checked against a decoy, so that it costs what a known one costs. Each check takes
19 MiB, so only a few run at a time.
"""

import secrets
import unicodedata
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from storage.errors import BadInput

SHORTEST = 8
LONGEST = 200
AT_ONCE = 4


class Passwords:
    """Hashes and checks passwords; safe to use from several threads.

    Attributes:
        n_checks: how many hashes were computed to check a password; tests count it instead of time.
    """

    def __init__(self) -> None:
        """Make the decoy that unknown names are checked against."""
        self._hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
        self._slots = BoundedSemaphore(AT_ONCE)
        self._decoy = self._hasher.hash(secrets.token_urlsafe())
        self.n_checks = 0

    def hash(self, password: str) -> str:
        """The hash to store for a new password.

        Raises:
            BadInput: the password is shorter than `SHORTEST` or longer than `LONGEST` characters.
        """
        text = _normal(password)
        if not is_long_enough(password):
            raise BadInput(
                f"expected a password of {SHORTEST} to {LONGEST} characters, got {len(text)}; choose another"
            )
        with self._slots:
            return self._hasher.hash(text)

    def is_right(self, password_hash: str | None, password: str) -> bool:
        """Whether a password belongs to a hash; always false, after the same work, when there is no hash."""
        with self._slots:
            self.n_checks += 1
            try:
                matches = self._hasher.verify(password_hash or self._decoy, _normal(password)[: LONGEST + 1])
            except (VerificationError, InvalidHashError):
                return False
        return matches and password_hash is not None

    def is_outdated(self, password_hash: str) -> bool:
        """Whether a hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(password_hash)


def is_long_enough(password: str) -> bool:
    """Whether a new password has `SHORTEST` to `LONGEST` characters."""
    return SHORTEST <= len(_normal(password)) <= LONGEST


def _normal(password: str) -> str:
    """One form for what different keyboards send for the same characters."""
    return unicodedata.normalize("NFKC", password)
