"""Crewline's services and the SDK; they meet only in the protos."""
