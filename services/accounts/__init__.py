"""Organisations, people, API keys and sessions; mints the access tokens."""
