"""Pages that clients, vendors and operators have alike: colleagues and keys."""
