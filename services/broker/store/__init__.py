"""The broker's own database: documents, indexes, queries."""
