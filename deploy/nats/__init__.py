"""The bus: its streams and consumers, and what makes a server so."""
