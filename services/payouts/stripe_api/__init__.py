"""Stripe's client behind our ports: nothing else imports it."""
