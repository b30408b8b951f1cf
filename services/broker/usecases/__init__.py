"""What the broker does, one module a part of its work."""
