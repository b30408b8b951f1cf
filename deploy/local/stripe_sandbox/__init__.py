"""A local stand-in for Stripe Connect, for development and tests only. It moves no real money.

The official `stripe` client talks to it by its base address. Start it with

    python -m deploy.local.stripe_sandbox --port 0 --data .local/stripe.sqlite3

and it prints one JSON line, `{"url": ..., "secret_key": ...}`, once it listens. Every response
carries `X-Sandbox: crewline`. State is durable: a change is committed before its response leaves,
so the process may be killed at any moment and started again on the same file.

Emulated: Connect accounts, account links with a hosted page, external accounts, capabilities,
balances, balance settings, balance transactions, top-ups, transfers, reversals, payouts, events,
webhook endpoints with signed and retried deliveries, idempotency and errors as Stripe defines them.
Transfers to accounts that settle in another currency are converted; locked objects, lost answers,
late banks and webhooks out of order are had by a fault plan (fault_plans.py).

`/_sandbox/` is its control API (control.py lists it); Stripe has nothing like it.
"""
