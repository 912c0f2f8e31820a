"""The second factor of administrators: a code from an authenticator app (RFC 6238)."""
