"""Who a request of a program is from, for routes that no proto describes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import Request

from services.gateway.callers import Caller

Identify = Callable[[Request], Awaitable[Caller]]
"""Admission.identify. Errors: Unauthenticated, RateExceeded."""
