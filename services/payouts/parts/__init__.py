"""What belongs together, put together by constructor arguments; one module an area."""
