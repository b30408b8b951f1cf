"""Payment instructions, rails, and accounts of payees."""
