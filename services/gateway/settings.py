"""Settings of the gateway."""

from __future__ import annotations

from pydantic import Field

from services.chassis.settings import ProcessSettings

_ADDRESS = r"^[^\s/]+:\d{1,5}$"


class GatewaySettings(ProcessSettings):
    """Where it listens and whom it asks; it has no database and is not on the bus."""

    http_host: str = "127.0.0.1"
    http_port: int = Field(default=0, ge=0, le=65535)
    accounts_address: str = Field(pattern=_ADDRESS)
    vendors_address: str = Field(pattern=_ADDRESS)
    broker_address: str = Field(pattern=_ADDRESS)
    quality_address: str = Field(pattern=_ADDRESS)
    payouts_address: str = Field(pattern=_ADDRESS)
    webhook_timeout_seconds: float = Field(default=8.0, gt=0, le=60)
    ready_timeout_seconds: float = Field(default=2.0, gt=0, le=30)

    def addresses(self) -> dict[str, str]:
        """Of the services behind it, by name."""
        return {
            "accounts": self.accounts_address,
            "vendors": self.vendors_address,
            "broker": self.broker_address,
            "quality": self.quality_address,
            "payouts": self.payouts_address,
        }
