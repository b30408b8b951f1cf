"""The console of those who bring contractors; operators use its pool pages for direct ones."""
