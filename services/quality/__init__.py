"""Scores answers, infers consensus and estimates what each contractor gets right."""
