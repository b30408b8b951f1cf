"""Metrics of accounts, each with what it means and what to do about it."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

# By outcome: minted, invalid (unknown or malformed key, wrong secret), revoked, expired, limited
# (refused unseen, because the address failed too often). Many invalid: somebody guesses, or a
# client lost its key. Many limited from good clients: raise CREWLINE_FAILED_EXCHANGE_BURST.
KEY_EXCHANGES_TOTAL = Counter(
    "crewline_key_exchanges_total", "API keys brought for a token.", ["outcome"]
)

# By outcome: signed_in, wrong (not the password), unknown (no such address, or nobody who signs
# in), limited (refused unseen). Many wrong or unknown: somebody tries passwords; the limits hold
# them, and the gateway's log has their addresses. Many limited beside few wrong: all callers seem
# to have one address, for CREWLINE_TRUSTED_PROXY_NETWORKS does not name the gateway's.
SIGN_INS_TOTAL = Counter("crewline_sign_ins_total", "Passwords brought for a session.", ["outcome"])

# By outcome: minted, invalid (unknown or malformed, wrong secret), ended (revoked, too old or
# unused), limited. Many ended are people who come back after a week; many invalid are somebody's.
SESSION_REFRESHES_TOTAL = Counter(
    "crewline_session_refreshes_total", "Sessions brought for a token.", ["outcome"]
)

# By outcome: looked_up, accepted, invalid, limited. Many invalid: links that are old, or were
# replaced by a second invitation; or somebody guesses.
INVITATIONS_TOTAL = Counter("crewline_invitations_total", "Invitations brought.", ["outcome"])

# From asked to hashed. Seconds and more: too many at once for the CPUs, or a long queue (below).
PASSWORD_HASH_SECONDS = Histogram(
    "crewline_password_hash_seconds",
    "Time of one hash, its waiting included.",
    buckets=(0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0),
)
# Near CREWLINE_PASSWORD_HASHES_WAITING_MAX: sign-ins are refused as OVERLOADED. Run more replicas,
# or raise CREWLINE_PASSWORD_HASHES_AT_ONCE, where there is CPU and the memory of each.
PASSWORD_HASHES = Gauge("crewline_password_hashes", "Passwords being hashed, or waiting to be.")
