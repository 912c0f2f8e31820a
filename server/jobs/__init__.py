"""Background jobs: periodic ones, and tasks that requests hand over."""
