"""`python -m services.gateway`."""

from __future__ import annotations

from services.gateway.app import main

main()
