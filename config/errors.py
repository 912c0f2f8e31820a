"""What went wrong, as one sentence for the person who can act on it."""

from __future__ import annotations

from config.i18n import FALLBACK, translations


class Problem(Exception):
    """An expected failure. `key` names its sentence in the catalogues; `values` fill the sentence.

    The sentence says what happened, what it means for the photo, and what to do. `str(problem)` is the English one,
    for logs and terminals; screens call `in_words` with their own language.
    """

    def __init__(self, key: str, /, **values: object) -> None:
        super().__init__(key, values)
        self.key = key
        self.values = values

    def in_language(self, language: str = FALLBACK) -> str:
        return translations(language).translate(self.key, **self.values)

    def __str__(self) -> str:
        return self.in_language()

    def __reduce__(self) -> tuple[object, ...]:  # crosses process borders whole
        return _rebuild, (type(self), self.key, self.values)


def _rebuild(problem_class: type[Problem], key: str, values: dict[str, object]) -> Problem:
    return problem_class(key, **values)
