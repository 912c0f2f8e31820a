"""WeChat Pay, API v3, direct merchant: Native, JSAPI and H5. https://pay.weixin.qq.com/doc/v3/merchant/4012791877"""
