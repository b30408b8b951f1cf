"""Projects, tasks, assignments and who may do them: pure rules."""
