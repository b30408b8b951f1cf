"""Replays a recorded crowd through the public RPCs: every recorded answer, to the cent."""
