"""Senders, one module for each backend of [notices] in server.toml."""
