"""The pure rules of quality: scoring, skill, decisions. Time, ids and randomness are arguments."""
