"""Payment gateways: WeChat Pay v3 and Alipay behind one interface, see base.py. They know nothing of orders."""
