"""The API's second version, as much of it as Global Payouts takes: JSON, thin events, own keys."""
