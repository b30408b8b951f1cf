"""Files of rows, of any length, into the services: read as they come, each bad row told."""
