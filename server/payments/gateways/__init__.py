"""Payment gateways: WeChat Pay v3 and Alipay behind one interface, see base.py. They do not use orders."""
