"""What was done on this server, by whom and when."""
