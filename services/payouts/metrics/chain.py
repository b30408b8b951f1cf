"""What payouts counts of the journal's chain, with what it means and what to do about it."""

from __future__ import annotations

from prometheus_client import Gauge

# Standing still for long: entries are posted and get into no block, so that a change of them would
# not be found. The log says why (loop.failed, loop=ledger_chain).
LEDGER_CHAINED_UNTIL = Gauge(
    "crewline_ledger_chained_timestamp_seconds",
    "When all entries that could be were last in blocks of the chain.",
)
# Must be 0: entries or blocks that are not what they were. No pay period closes meanwhile; look at
# `crewline ledger check`, then at who writes to the database besides this service.
LEDGER_CHAIN_FAULTS = Gauge(
    "crewline_ledger_chain_faults", "Places where the journal contradicts its chain."
)
# Standing still for days: the chain is looked through too slowly or not at all.
LEDGER_CHAIN_VERIFIED = Gauge(
    "crewline_ledger_chain_verified_timestamp_seconds",
    "When the chain was last looked through from its first block to its last.",
)
