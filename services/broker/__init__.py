"""Projects, tasks and assignments: who is offered what, and who holds it."""
