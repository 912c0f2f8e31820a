"""Backup and restore of database and files, and the check of stored files against their hashes; docs/backup.md."""
