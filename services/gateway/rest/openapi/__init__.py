"""OpenAPI 3.1 of the REST door: what the protos say, in the words that HTTP tools read."""
