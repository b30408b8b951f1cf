"""What is encrypted at rest, and how."""
