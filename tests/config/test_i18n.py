"""Every message exists in both languages, with the same placeholders, and every used id exists."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import polib
import pytest

from config.i18n import LANGUAGES, Translations, _files_by_id, catalogue_files, message_ids, translations
from tests.paths import ROOT

# A literal in the code that looks like a key of one of these families must have a message.
FAMILIES = (
    "problem|station|demo|refused|operator|not_measured|camera|reader|card|photo|roster|upload|hint|error|screen|server"
    "|review|portal|import|pairing|sheet|check|models|command|reproduce|recipe|compare|beauty_filter|retouch|diagnosis"
    "|printer|receipt|document|storage|encryption|studio|device|code|lights|keys|members|pages|progress|scope"
    "|second_factor|visit_ended|help|standards|last_four|scanner|guidance|pin|clerk|day|review_page|revocation"
    "|delivery|payments|order_page|payment_office|account|consent|links|wechat|privacy|proof|verify|photo_page"
)
NOT_MESSAGE_KEYS = ("jpg", "js", "json", "key", "lock", "log", "sealed", "toml")  # file names that look like keys
RENAMED = ("renamed_keys.py", "renamed_messages.py")  # ids that no longer exist
USED_ELSEWHERE = {"station.refused"}  # the server's own sentence, one value for each language
LITERAL = re.compile(r"""["']([a-z_]+(?:\.[a-z0-9_/]+)+)["']""")
BUILT = re.compile(r"""f["']([a-z_]+\.[a-z0-9_.]*\{[^"']*)["']""")
PREFIX = re.compile(r"""["']([a-z_]+\.(?:[a-z_]+\.)*)["']""")  # "reject."|add:code, startswith("hint.")
KEY = re.compile(rf"""["']((?:{FAMILIES})\.[a-z_]+(?:\.[a-z_]+)*)["']""")


@cache
def catalogue(language: str) -> dict[str, str]:
    messages: dict[str, str] = {}
    for path in catalogue_files(language):
        for entry in polib.pofile(str(path)):
            assert entry.msgid not in messages, f"{entry.msgid} occurs twice ({path.name})"
            messages[entry.msgid] = entry.msgstr
    return messages


def placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def names_a_module(key: str) -> bool:
    package, part = ROOT / key.split(".")[0], key.split(".")[1]
    return (package / part).is_dir() or (package / f"{part}.py").is_file()


def keys_in_code() -> list[tuple[str, str]]:
    """Return every key and its file."""
    keys_and_files = []
    for package in ("config", "hardware", "kiosk", "server"):
        for path in sorted((ROOT / package).rglob("*")):
            # migrations name models as `delivery.delivery`
            if path.suffix in (".py", ".html") and path.name not in RENAMED and "migrations" not in path.parts:
                keys = KEY.findall(path.read_text(encoding="utf-8"))
                keys_and_files += [
                    (key, str(path.relative_to(ROOT))) for key in keys if key.split(".")[-1] not in NOT_MESSAGE_KEYS
                ]
    return [(key, where) for key, where in keys_and_files if not names_a_module(key)]


def test_both_languages_have_the_same_keys() -> None:
    zh, en = (set(catalogue(language)) for language in LANGUAGES)
    assert zh == en, f"only one language has {sorted(zh ^ en)}"


def test_no_sentence_is_empty() -> None:
    for language in LANGUAGES:
        assert [key for key, sentence in catalogue(language).items() if not sentence.strip()] == []


def test_chinese_has_one_form_of_address() -> None:
    assert [key for key, sentence in catalogue("zh_CN").items() if "您" in sentence] == []


def test_both_languages_use_the_same_values() -> None:
    for key, sentence in catalogue("en").items():
        if key not in USED_ELSEWHERE:
            assert placeholders(sentence) == placeholders(catalogue("zh_CN")[key]), key


def test_every_key_in_the_code_has_its_sentence() -> None:
    keys_and_files = keys_in_code()
    assert len(keys_and_files) > 50, "the search itself must find something"
    missing = sorted({f"{key} ({where})" for key, where in keys_and_files if key not in catalogue("en")})
    assert missing == []


def test_every_sentence_is_used() -> None:
    source = "\n".join(
        path.read_text(encoding="utf-8")
        for package in ("config", "hardware", "kiosk", "server")
        for path in sorted((ROOT / package).rglob("*"))
        if path.suffix in (".py", ".html") and path.name not in RENAMED
    )
    literals = set(LITERAL.findall(source))
    built = [re.escape(text) for text in BUILT.findall(source)] + [
        f"{re.escape(text)}x" for text in PREFIX.findall(source)
    ]
    patterns = re.compile("|".join(re.sub(r"\\{.*?\\}|(?<=\\.)x$", r"[a-z0-9_./]+", text) for text in set(built)))
    unused = [
        key
        for key in catalogue("en")
        if not {key, key.removesuffix("_more")} & literals and not patterns.fullmatch(key)
    ]
    assert unused == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_ids_read_without_the_catalogue_are_those_of_the_catalogue(language: str) -> None:
    assert message_ids(language) == set(catalogue(language))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_message_is_found_in_its_file(language: str) -> None:
    translated = {key: translations(language).translate(key) for key in catalogue(language)}
    assert translated == catalogue(language)


PO_FILES = {
    "en": 'msgid "a.one"\nmsgstr "One"\n\nmsgid "a.two"\nmsgstr "Two \\"{n}\\""\n\nmsgid "a.three"\nmsgstr "Three"\n',
    "zh_CN": 'msgid "a.one"\nmsgstr ""\n\n#, fuzzy\nmsgid "a.two"\nmsgstr "二"\n\n#~ msgid "a.three"\n#~ msgstr "三"\n',
}


@pytest.fixture
def own_messages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    for language, text in PO_FILES.items():
        folder = tmp_path / language / "LC_MESSAGES"
        folder.mkdir(parents=True)
        (folder / "own.po").write_text(text, encoding="utf-8")
    monkeypatch.setattr("config.i18n.LOCALE", tmp_path)
    _files_by_id.cache_clear()
    yield tmp_path
    _files_by_id.cache_clear()


def test_a_message_that_is_not_translated_is_shown_in_english(own_messages: Path) -> None:
    chinese = Translations("zh_CN")
    shown = [chinese.translate("a.one"), chinese.translate("a.two", n=2), chinese.translate("a.three")]
    assert shown == ["One", 'Two "2"', "Three"]
    assert not chinese.has("a.one")


def test_a_damaged_file_is_named(own_messages: Path) -> None:
    with (own_messages / "en" / "LC_MESSAGES" / "own.po").open("a") as file:
        file.write('msgstr "One\n')
    with pytest.raises(OSError, match=r"own\.po"):
        Translations("en").translate("a.one")


def test_a_language_without_files_is_refused(own_messages: Path) -> None:
    (own_messages / "zh_CN" / "LC_MESSAGES" / "own.po").unlink()
    with pytest.raises(FileNotFoundError, match="zh_CN"):
        Translations("zh_CN")


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_unknown_key_is_shown_as_it_is(language: str) -> None:
    assert translations(language).translate("no.such.key") == "no.such.key"


def test_a_language_without_messages_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="tlh"):
        translations("tlh")
