"""Floors, top-ups, benefits, and what vendors pass on."""
