"""Everything that runs Crewline: locally, in containers and on clusters."""
