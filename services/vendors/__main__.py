"""`python -m services.vendors`."""

from services.vendors.app import main

main()
