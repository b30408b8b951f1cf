"""The gateway's own metrics, with what they mean and what to do about them."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

_SECONDS = (0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

# By the route's pattern, never by the path asked for: paths are the callers' to invent.
HTTP_SECONDS = Histogram(
    "crewline_http_seconds", "Time from request to response.", ["route"], buckets=_SECONDS
)
# Many 503: a service behind is down; /readyz says which. Many 400 at the webhooks: the secrets of
# payouts are not those of the endpoints at Stripe. Any 500: read the log by request id.
HTTP_TOTAL = Counter("crewline_http_total", "Requests answered.", ["route", "status"])
HTTP_IN_FLIGHT = Gauge("crewline_http_in_flight", "Requests being handled.")
