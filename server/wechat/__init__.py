"""The user of a page inside WeChat, by the web authorization of the school's official account (公众号).

Only the openid is requested (scope snsapi_base): no name, no picture, and no question to the person.
"""
