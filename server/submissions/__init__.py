"""What stations hand in: intake, files, states."""
