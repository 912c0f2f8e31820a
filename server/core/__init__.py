"""What all pages share: language, words, look, protection."""
