"""Settings of the gateway."""

from __future__ import annotations

import ipaddress

from pydantic import Field, SecretStr, field_validator

from services.chassis.settings import StoreSettings

_ADDRESS = r"^[^\s/]+:\d{1,5}$"
_URL = r"^(https?://\S+)?$"


class GatewaySettings(StoreSettings):
    """Where it listens, whom it asks and what it keeps itself; it is not on the bus."""

    mongo_database: str = Field(default="crewline_gateway", min_length=1, max_length=38)
    http_host: str = "127.0.0.1"
    http_port: int = Field(default=0, ge=0, le=65535)
    accounts_address: str = Field(pattern=_ADDRESS)
    vendors_address: str = Field(pattern=_ADDRESS)
    broker_address: str = Field(pattern=_ADDRESS)
    quality_address: str = Field(pattern=_ADDRESS)
    payouts_address: str = Field(pattern=_ADDRESS)
    webhook_timeout_seconds: float = Field(default=8.0, gt=0, le=60)
    ready_timeout_seconds: float = Field(default=2.0, gt=0, le=30)
    requests_per_second: float = Field(default=100.0, gt=0, description="of one key")
    requests_burst: int = Field(default=200, ge=1)
    public_requests_per_second: float = Field(
        default=50.0,
        gt=0,
        description="of one address, where no credential is shown or a wrong one",
    )
    public_requests_burst: int = Field(default=500, ge=1)
    streams_per_key_max: int = Field(default=32, ge=1)
    trusted_proxy_networks: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...] = Field(
        default=(), description="of proxies whose X-Forwarded-For is believed"
    )

    public_url: str = Field(
        default="",
        pattern=r"^(https?://[^/\s?#]+)?$",
        description="where browsers find it, as https://crewline.example; makes cookies Secure."
        " Empty: whatever host was asked, over plain HTTP",
    )
    metrics_urls: dict[str, str] = Field(
        default_factory=dict,
        description="where each service shows its metrics, for the operators' page, as JSON:"
        ' {"broker": "http://broker:9464/metrics"}',
    )
    prometheus_url: str = Field(default="", pattern=_URL, description="for the operators' page")
    grafana_url: str = Field(default="", pattern=_URL, description="for the operators' page")
    media_signing_key: SecretStr = Field(
        min_length=32, max_length=1024, description="signs links to files: random, and kept secret"
    )
    media_link_seconds: int = Field(
        default=4 * 3600, ge=60, le=30 * 24 * 3600, description="how long a link is good at least"
    )
    upload_parquet_bytes_max: int = Field(
        default=2 << 30, ge=1, description="of one file of rows; other formats have no bound"
    )
    media_bytes_max: int = Field(default=25 << 20, ge=1, le=1 << 30, description="of one file")
    media_organisation_bytes_max: int = Field(
        default=20 << 30, ge=1, description="of all files of one organisation"
    )

    @field_validator("metrics_urls")
    @classmethod
    def _urls_are_urls(cls, value: dict[str, str]) -> dict[str, str]:
        for name, url in value.items():
            if not url.startswith(("http://", "https://")):
                raise ValueError(f"{name}: {url!r} is no address")
        return value

    def operator_links(self) -> dict[str, str]:
        """By name, where operators see more."""
        links = {"Prometheus": self.prometheus_url, "Grafana": self.grafana_url}
        return {name: url for name, url in links.items() if url}

    def addresses(self) -> dict[str, str]:
        """Of the services behind it, by name."""
        return {
            "accounts": self.accounts_address,
            "vendors": self.vendors_address,
            "broker": self.broker_address,
            "quality": self.quality_address,
            "payouts": self.payouts_address,
        }
