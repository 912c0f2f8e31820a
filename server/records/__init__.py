"""Schools, campaigns and students: who is expected."""
