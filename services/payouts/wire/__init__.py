"""Entities as messages, and requests as what use cases take; one module an area."""
