"""Runs the sandbox: `python -m deploy.local.stripe_sandbox`."""

from __future__ import annotations

from deploy.local.stripe_sandbox.cli import main

if __name__ == "__main__":
    main()
