"""The page of an order: what a student pays, how, the receipt, the invoice and the refund."""
