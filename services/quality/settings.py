"""Quality's settings."""

from __future__ import annotations

from services.chassis.settings import ServiceSettings


class QualitySettings(ServiceSettings):
    """What quality needs besides what every service does: nothing yet but its database."""

    mongo_database: str = "crewline_quality"
