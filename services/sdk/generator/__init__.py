"""Writes the typed surface of the SDK from the protos; a tool of this repository, not installed."""
