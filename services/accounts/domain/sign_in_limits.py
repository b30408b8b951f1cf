"""Who may try another password: limited by address and by account, in bounded memory."""

from __future__ import annotations

from collections import OrderedDict

from services.accounts.domain.errors import RateLimited
from services.accounts.domain.rate_limits import RateLimit

_KNOWN_MAX = 10_000


class SignInLimits:
    """An attempt is paid for before it is judged, and given back where it succeeds.

    So many side by side are not more than as many one after the other.

    Strangers share an account's attempts. Whoever has signed in to it from an address has attempts
    of their own there: others cannot spend them, so they cannot lock anybody out of their account.
    """

    def __init__(
        self, *, by_address: RateLimit, by_account: RateLimit, known_max: int = _KNOWN_MAX
    ) -> None:
        self._by_address = by_address
        self._by_account = by_account
        self._known_max = known_max
        self._known: OrderedDict[tuple[str, str], None] = OrderedDict()

    def take(self, *, address: str, account: str, now_seconds: float) -> None:
        """One attempt.

        Errors:
            RateLimited: too many failed from that address, or at that account.
        """
        if not self._by_address.take(address, now_seconds=now_seconds):
            raise RateLimited("too many failed attempts from there; try again a little later")
        if not self._by_account.take(self._key(address, account), now_seconds=now_seconds):
            # It was not judged, so it has not failed.
            self._by_address.give_back(address, now_seconds=now_seconds)
            raise RateLimited("too many failed attempts at this account; try again a little later")

    def succeeded(self, *, address: str, account: str, now_seconds: float) -> None:
        """The attempt was no guess: its address is one that the account is known at."""
        self.give_back(address=address, account=account, now_seconds=now_seconds)
        self._known[address, account] = None
        self._known.move_to_end((address, account))
        if len(self._known) > self._known_max:
            self._known.popitem(last=False)

    def give_back(self, *, address: str, account: str, now_seconds: float) -> None:
        """The attempt counts for nothing."""
        self._by_address.give_back(address, now_seconds=now_seconds)
        self._by_account.give_back(self._key(address, account), now_seconds=now_seconds)

    def _key(self, address: str, account: str) -> str:
        # What is tried as an account is any text: the beginnings keep the two kinds apart.
        if (address, account) in self._known:
            return f"known:{address}\n{account}"
        return f"account:{account}"
