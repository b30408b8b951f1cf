"""The SDK against servers that fail in chosen ways, over real gRPC."""
