"""`python -m services.quality`."""

from services.quality.app import main

main()
