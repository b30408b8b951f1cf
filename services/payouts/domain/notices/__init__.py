"""What organisations are told at addresses of their own."""
