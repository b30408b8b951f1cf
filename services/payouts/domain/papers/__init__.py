"""Receipts and invoices, and how parties are named on them."""
