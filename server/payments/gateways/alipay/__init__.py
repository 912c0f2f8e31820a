"""Alipay, Open Platform: precreate, wap and page. https://opendocs.alipay.com/open/194"""
