"""The SDK: files read, replays planned, sums and judgements."""
