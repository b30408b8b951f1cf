"""Tests, grouped by what they need to run."""
