"""Vendors, their contracts and rate cards, and the contractors they engage."""
