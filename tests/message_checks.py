"""Checks of messages for people."""

from __future__ import annotations

from config.i18n import LANGUAGES, Message, translations


def assert_sentence(message: Message | None, key: str) -> None:
    """Assert a clear sentence in both languages, with all placeholders filled and without internals of the program."""
    assert message is not None
    assert message.key == key
    assert all(translations(language).has(key) for language in LANGUAGES)
    sentences = [translations(language).translate(message.key, **message.values) for language in LANGUAGES]
    for sentence in sentences:
        assert len(sentence) > 12
        assert not any(sign in sentence for sign in ("{", "}", "Traceback", "Error", "kiosk.", key)), sentence
    assert len(set(sentences)) == len(LANGUAGES)
