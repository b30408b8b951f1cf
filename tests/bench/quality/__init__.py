"""How right, how sure and how fast the scorer is, beside what others use: `make bench-quality`."""
