"""Entities as events; one module an area."""
