"""Clients' money: how it comes in, is held, and goes back."""
