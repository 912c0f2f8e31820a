"""Paired stations and the API that they use."""
