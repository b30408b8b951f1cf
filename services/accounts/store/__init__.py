"""What accounts keeps: documents, indexes, queries. Secrets and passwords are not among them."""
