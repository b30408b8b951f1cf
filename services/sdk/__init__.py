"""Python client and the crewline command line; imports no service."""
