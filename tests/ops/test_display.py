import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.ops.display import legible, safe


@given(
    st.binary()
    | st.text().map(lambda text: text.encode("utf-8", "surrogatepass"))
    | st.text().map(json.dumps).map(str.encode)
)
def test_no_bytes_reach_the_terminal_as_anything_but_text(value: bytes) -> None:
    assert not [
        char for char in legible(value) if char != "\n" and unicodedata.category(char)[0] in "CZ" and char != " "
    ]


def test_json_is_laid_out_with_its_letters_as_they_are() -> None:
    assert legible('{"headline":"Größe","body":"a\\u001b[2Jb\\u202e"}'.encode()) == (
        '{\n  "headline": "Größe",\n  "body": "a\\u001b[2Jb\\u202e"\n}'
    )


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (b"", ""),
        (b"{not json}\nat all", "{not json}\nat all"),
        (b"a\x1b]0;title\x07b\r", "a\\x1b]0;title\\x07b\\x0d"),
        (b'"\\ud800"', '"\\ud800"'),
        (b"\xff\xfe\x00A", "00000000  ff fe 00 41                                      ...A"),
        (b"[" * 100_000, "[" * 100_000),
        (b"9" * 5000, "9" * 5000),
    ],
)
def test_anything_else_is_shown_as_what_it_is(value: bytes, shown: str) -> None:
    assert legible(value) == shown


def test_a_long_dump_says_how_much_there_is() -> None:
    assert legible(b"\xff" * 9000).splitlines()[-1] == "... of 9000 bytes"


def test_a_character_beyond_the_first_plane_is_written_out_too() -> None:
    assert safe("\U000e0041") == "\\U000e0041"
