"""What payouts keeps: documents, indexes, queries."""
