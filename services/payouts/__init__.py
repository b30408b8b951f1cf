"""The ledger, pay periods and statements, and the money that leaves through Stripe."""
