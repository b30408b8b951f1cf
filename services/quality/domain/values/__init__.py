"""What answers of each kind look like: read strictly, so that what cannot be read is told apart."""
