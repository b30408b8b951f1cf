"""The payouts domain: pure functions and frozen values about money.

Sign convention, everywhere: a debit is positive, a credit is negative, so the postings of an
entry add up to zero and so do all balances of one currency.

How an answer's money walks (each arrow is one entry, made in `flows` or `rail_flows`):

    client available -> project held -> payable, commission, fees -> statement
    -> transfer in flight -> the payee's connected account -> payout in flight -> paid out
"""
