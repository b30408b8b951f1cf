"""The books: accounts, entries, balances, the chain, corrections by hand."""
