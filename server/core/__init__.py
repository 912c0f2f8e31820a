"""Parts that all pages share: language, translations, layout, access control."""
