"""Accounts of students: identification, consent, sign-in, and their enrolments."""
