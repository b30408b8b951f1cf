"""Pages for people: sign-in, the consoles, and what they are built of."""
