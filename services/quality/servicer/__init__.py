"""QualityService: protobuf in, use cases, protobuf out; one module a part of the service."""
