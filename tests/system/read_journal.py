"""Reads a beancount journal with beancount itself: what is wrong in it, and what it comes to.

Runs in the environment of `make readers`; prints JSON.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from decimal import Decimal

from beancount import loader  # type: ignore[import-not-found]
from beancount.core.data import Transaction  # type: ignore[import-not-found]

entries, errors, _ = loader.load_file(sys.argv[1])
transactions = [entry for entry in entries if isinstance(entry, Transaction)]
totals: dict[str, Decimal] = defaultdict(Decimal)
for transaction in transactions:
    for posting in transaction.postings:
        totals[posting.units.currency] += posting.units.number
print(
    json.dumps(
        {
            "errors": [str(error.message) for error in errors],
            "transactions": len(transactions),
            "totals": {currency: str(total) for currency, total in totals.items()},
        }
    )
)
