"""Delivery: portraits as files named by the school's rule, with lists and hashes, and what follows until 学信网可查."""
