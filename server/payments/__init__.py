"""Payments: orders, payments and refunds in integer fen, and the gateways that they go through."""
