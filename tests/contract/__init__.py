"""Contracts with the outside: the Stripe sandbox held against Stripe's own descriptions."""
