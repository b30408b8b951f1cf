"""Quality's settings."""

from __future__ import annotations

from pydantic import Field

from services.chassis.settings import ServiceSettings


class QualitySettings(ServiceSettings):
    """What quality needs besides what every service does."""

    mongo_database: str = "crewline_quality"
    deadline_pause_seconds: float = Field(default=30.0, gt=0, le=3600)
    """Between two looks for answers that nobody has decided in time."""
    rules_pause_seconds: float = Field(default=5.0, gt=0, le=3600)
    """Between two looks at who has answered or was decided on since."""
    sweep_hour_utc: int = Field(default=3, ge=0, le=23)
    """From which hour on the projects that were touched are swept, once a night."""
    sweep_pause_seconds: float = Field(default=60.0, gt=0, le=3600)
    """Between two looks at the clock."""
