"""The RPCs of accounts: messages in, use cases, messages out."""
