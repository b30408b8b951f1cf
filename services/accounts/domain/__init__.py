"""Organisations, people and their keys: pure rules, no I/O."""
