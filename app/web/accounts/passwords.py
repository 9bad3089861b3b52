"""Password hashes: Argon2id with the minimum memory and time of OWASP's password storage cheat sheet (2023).

Unknown names are checked against a decoy hash, so that they take the same time. Each check needs 19 MiB, so only a
few run at a time.
"""

import secrets
import unicodedata
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from storage.errors import BadInput

TIME_COST = 2
MEMORY_KIB = 19 * 1024
"""What a hash costs. Tests lower it, except those of this module."""
SHORTEST = 8
LONGEST = 200
AT_ONCE = 4


class Passwords:
    """Hashes and checks passwords; thread-safe.

    Attributes:
        n_checks: number of hashes computed for checks; tests count it instead of measuring time.
    """

    def __init__(self) -> None:
        """Create the decoy hash for unknown names."""
        self._hasher = PasswordHasher(time_cost=TIME_COST, memory_cost=MEMORY_KIB, parallelism=1)
        self._slots = BoundedSemaphore(AT_ONCE)
        self._decoy = self._hasher.hash(secrets.token_urlsafe())
        self.n_checks = 0

    def hash(self, password: str) -> str:
        """Return the hash of a new password.

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
        """Return whether a password matches a hash; without a hash, return False after the same work."""
        with self._slots:
            self.n_checks += 1
            try:
                matches = self._hasher.verify(password_hash or self._decoy, _normal(password)[: LONGEST + 1])
            except (VerificationError, InvalidHashError):
                return False
        return matches and password_hash is not None

    def is_outdated(self, password_hash: str) -> bool:
        """Return whether a hash uses outdated parameters."""
        return self._hasher.check_needs_rehash(password_hash)


def is_long_enough(password: str) -> bool:
    """Return whether a new password has `SHORTEST` to `LONGEST` characters."""
    return SHORTEST <= len(_normal(password)) <= LONGEST


def _normal(password: str) -> str:
    """Normalise characters that keyboards send in different forms."""
    return unicodedata.normalize("NFKC", password)
