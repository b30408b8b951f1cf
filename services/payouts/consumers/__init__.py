"""Events of the other services, as the use cases take them; one module an area."""
