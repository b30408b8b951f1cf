"""The rule of two persons: who says that money is to move is not who agrees that it moves."""

from __future__ import annotations

from dataclasses import dataclass

from services.chassis.errors import DomainError, Kind


class SecondPersonNeeded(DomainError):
    """Whoever proposed or recorded something may not confirm it, too."""

    kind, reason = Kind.PRECONDITION, "SECOND_PERSON_NEEDED"


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoPersons:
    """`needed` is False only where one person runs the platform alone."""

    needed: bool = True

    def check(self, *, first: str, second: str, what: str) -> None:
        """Pass if two people looked. Errors: SecondPersonNeeded."""
        if self.needed and first == second:
            raise SecondPersonNeeded(
                f"two persons: whoever {what} it may not confirm it; another operator has to",
                rule="TWO_PERSONS",
            )
