import pytest

from streams.formats.charset import decode

TEXT = "D\u00e9j\u00e0 vu \u2013 \u201ccaf\u00e9\u201d"


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_byte_order_mark_is_obeyed_and_taken_off(codec: str) -> None:
    assert decode(TEXT.encode(codec), declared="windows-1251") == TEXT


def test_valid_utf_8_outweighs_a_declaration() -> None:
    assert decode(TEXT.encode(), declared="iso-8859-1") == TEXT


@pytest.mark.parametrize(
    ("declared", "text"),
    [
        ("windows-1251", "\u041c\u043e\u0441\u043a\u0432\u0430"),
        ("Shift_JIS", "\u6771\u4eac"),
        ("GB2312", "\u5317\u4eac"),
    ],
)
def test_a_declaration_is_obeyed(declared: str, text: str) -> None:
    assert decode(text.encode(declared), declared=declared) == text


@pytest.mark.parametrize("declared", [None, "latin-1", "us-ascii", "no-such-set", "utf-7", "a\x00b", "punycode"])
def test_western_text_is_read_as_windows_1252(declared: str | None) -> None:
    assert decode(TEXT.encode("cp1252"), declared=declared) == TEXT


def test_broken_bytes_in_utf_8_become_replacement_characters() -> None:
    assert decode(TEXT.encode() + b" \xff\xfe.") == TEXT + " \ufffd\ufffd."


def test_bytes_that_windows_1252_has_not_become_replacement_characters() -> None:
    assert decode(b"caf\xe9 \x81.") == "caf\u00e9 \ufffd."
