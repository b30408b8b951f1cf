"""The console of those who bring tasks; its project pages are the operators' too."""
