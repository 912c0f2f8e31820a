"""Notices to students: SMS, e-mail, or a folder."""
