"""Identity documents read without a card reader: from a picture of the document, always to be confirmed by a person."""
