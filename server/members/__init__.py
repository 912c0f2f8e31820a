"""Memberships: which schools and campaigns a user works for."""
