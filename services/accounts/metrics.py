"""Metrics of accounts, each with what it means and what to do about it."""

from __future__ import annotations

from prometheus_client import Counter

# By outcome: minted, invalid (unknown or malformed key, wrong secret), revoked, expired, limited
# (refused unseen, because the address failed too often). Many invalid: somebody guesses, or a
# client lost its key. Many limited from good clients: raise CREWLINE_FAILED_EXCHANGE_BURST.
KEY_EXCHANGES_TOTAL = Counter(
    "crewline_key_exchanges_total", "API keys brought for a token.", ["outcome"]
)
