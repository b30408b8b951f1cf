"""What accounts does. Methods that take a UnitOfWork are bodies of one transaction."""
