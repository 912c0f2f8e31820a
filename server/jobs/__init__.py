"""Background jobs: periodic ones, and tasks that requests queue."""
