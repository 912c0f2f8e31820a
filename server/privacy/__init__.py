"""Erasure at the end of the retention, rights of data subjects, and who saw what; docs/privacy.md."""
