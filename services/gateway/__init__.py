"""The HTTP edge: REST, console, workbench and webhooks."""
