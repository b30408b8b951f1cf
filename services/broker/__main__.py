"""`python -m services.broker`."""

from services.broker.app import main

main()
