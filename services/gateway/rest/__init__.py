"""REST from the protos: routes, JSON and OpenAPI all follow from the descriptors."""
