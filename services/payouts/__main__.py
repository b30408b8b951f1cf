"""`python -m services.payouts`."""

from services.payouts.app import main

main()
