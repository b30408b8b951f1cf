"""The payouts domain: tables of cases, and properties that hold for all amounts."""
