"""RPC handlers, one module an area: protobuf in, use cases, protobuf out."""
