"""Erasure at the end of the retention, rights of data subjects, and the record of views; docs/privacy.md."""
