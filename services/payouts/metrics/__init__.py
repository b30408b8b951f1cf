"""What is counted, with what it means and what to do about it; one module an area."""
