"""Vendors, their rate cards and contractors: pure rules, no I/O."""
