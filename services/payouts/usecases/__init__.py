"""What payouts does, one public method an operation."""
