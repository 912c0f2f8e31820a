"""The office's pages of orders and money: lists, refunds, waivers, vouchers, cash, bills and the school's statement."""
