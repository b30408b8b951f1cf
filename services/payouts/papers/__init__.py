"""Papers: frozen JSON in, PDF out, byte for byte the same whenever it is made."""
