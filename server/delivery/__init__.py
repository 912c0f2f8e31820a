"""Delivery: portraits as files named by the school's rule, with lists and hashes, and their states up to 学信网可查."""
