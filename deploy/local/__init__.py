"""The one-command stack for development and tests."""
