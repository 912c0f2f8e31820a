"""Proof of a portrait to third parties: what was signed, by whom, and its verification. Needs no engine and no network.

docs/proof.md describes the format and its limits.
"""
