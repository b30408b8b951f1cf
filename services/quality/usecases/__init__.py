"""What quality does, one module a part of its work."""
