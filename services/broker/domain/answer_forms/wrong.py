"""How a value that is none of its kind is refused."""

from __future__ import annotations


class FormWrong(ValueError):
    """`path` leads to it from the value on: "[2].box[1]", or "" for the whole of it."""

    def __init__(self, path: str, rule: str, message: str) -> None:
        super().__init__(message)
        self.path = path
        self.rule = rule
        self.message = message
