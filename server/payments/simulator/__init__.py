"""A simulated payment gateway: WeChat Pay v3 and Alipay in a separate process, with faults on command.

It verifies, signs, encrypts and writes bills as the real ones do. No money moves: the clients mark everything that
comes from it as simulated, by its address and by its keys, and no real campaign accepts such a payment.
"""
