"""The audit log: who did what on this server, and when."""
