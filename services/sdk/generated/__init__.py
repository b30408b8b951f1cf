"""Operations by resource.

Written from the protos by `make protos`: not edited by hand.
"""
