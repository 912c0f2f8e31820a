"""Proof of a portrait to third parties: its signed parts, and their verification. Needs no engine and no network.

docs/proof.md describes the format and its limits.
"""
