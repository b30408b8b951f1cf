"""`make bench`: how fast the whole chain is on this machine, beside the raw limits of its parts."""
