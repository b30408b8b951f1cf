"""What the use cases need of password hashing; `argon2_passwords` is the one there is."""

from __future__ import annotations

from typing import Protocol


class PasswordHashes(Protocol):
    """Slow on purpose, away from the event loop, a bounded number at once.

    Errors of all that hash: Overloaded, where too many wait.
    """

    async def hash(self, password: str) -> str:
        """With a salt of its own and the parameters of now."""

    async def verify(self, encoded: str | None, password: str) -> bool:
        """Whether it is the password of a hash; of None never, in the same time."""

    def is_stale(self, encoded: str) -> bool:
        """It was made with other parameters than those of now."""

    async def fingerprint(self, texts: tuple[str, ...], *, salt: str) -> str:
        """The same for the same texts and salt, and as slow to guess from as a hash."""
