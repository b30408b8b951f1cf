"""Quality's own database: documents, indexes, queries."""
