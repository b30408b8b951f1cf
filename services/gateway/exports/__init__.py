"""Results as files that the tools people have can read, written while they are read."""
