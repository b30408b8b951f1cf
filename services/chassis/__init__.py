"""What every service stands on: servers, bus, store, metrics; no business word in it."""
