"""The rail's money beside the ledger's, and what is late."""
