"""What of the resources is written by hand: streams, files and waiting, on the generated rest."""
