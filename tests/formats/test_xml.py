"""XML as attackers and careless senders write it."""

import pytest

from streams.errors import WireError
from streams.formats import Hint, parse
from streams.formats.xml_tree import inner_html, read_xml, text_of

LAUGHS = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))


def text(xml: str) -> str:
    return text_of(read_xml(xml.encode()).root)


@pytest.mark.parametrize(
    ("xml", "expected"),
    [
        ('<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>a &e; b</x>', "a &e; b"),
        ('<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd"><x>a</x>', "a"),
        (f'<!DOCTYPE x [<!ENTITY a0 "ha">{LAUGHS}]><x>&a11;</x>', "&a11;"),
        ('<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1:1/"> %p;]><x>a</x>', "a"),
        ('<x xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="/etc/passwd" parse="text"/>a</x>', "a"),
        ('<?xml-stylesheet href="http://127.0.0.1:1/"?><x>a</x>', "a"),
    ],
)
def test_nothing_is_expanded_and_nothing_is_fetched(xml: str, expected: str) -> None:
    assert text(xml) == expected


@pytest.mark.parametrize(
    ("xml", "expected", "repair"),
    [
        ("<x>caf&eacute; &amp; bar</x>", "caf\u00e9 & bar", None),
        ("<x>AT&T</x>", "AT&T", None),
        ("<x>a\x0bb</x>", "ab", "control characters removed"),
        ("<x><p>a<p>b</x>", "ab", "broken markup"),
        ("<x>a<br>b</x>", "ab", "broken markup"),
    ],
)
def test_what_is_broken_is_mended_and_told(xml: str, expected: str, repair: str | None) -> None:
    document = read_xml(xml.encode())
    assert text_of(document.root) == expected
    assert [each.partition(":")[0] for each in document.repairs] == ([repair] if repair else [])


def test_a_wrong_declaration_of_encoding_is_seen_through() -> None:
    assert text('<?xml version="1.0" encoding="iso-8859-1"?><x>\u20ac 5</x>') == "\u20ac 5"
    assert text_of(read_xml(b'<?xml version="1.0" encoding="utf-8"?><x>caf\xe9</x>').root) == "caf\u00e9"


def test_characters_encoded_twice_are_mended() -> None:
    document = read_xml("<x>the world\u2019s caf\u00e9</x>".encode().decode("cp1252").encode())
    assert text_of(document.root) == "the world\u2019s caf\u00e9"
    assert document.repairs == ["characters encoded twice"]


@pytest.mark.parametrize("xml", ["", "x", "<", "<x", "<!DOCTYPE x [", "<?xml?>"])
def test_what_is_no_xml_is_a_wire_error(xml: str) -> None:
    with pytest.raises(WireError):
        read_xml(xml.encode())


def test_markup_a_reader_knows_is_kept_and_the_rest_is_text() -> None:
    root = read_xml(
        b"<b><p>One <em>two</em> <person>Ann</person></p><hl2>More</hl2><script>x()</script><br/>end</b>"
    ).root
    assert inner_html(root) == "<p>One <em>two</em> Ann</p><h2>More</h2><br>end"


def test_a_tail_after_what_is_silent_stays() -> None:
    assert inner_html(read_xml(b"<b>a<style>x</style>b</b>").root) == "ab"


def test_an_item_of_a_file_of_many_is_kept_by_itself() -> None:
    item = '<newsItem guid="{}" version="1"><contentMeta><headline>{}</headline></contentMeta></newsItem>'
    data = f"<newsMessage>{item.format('a', 'One')}{item.format('b', 'Two')}</newsMessage>".encode()
    first, second = parse(data, Hint())
    assert (first.headline, second.headline) == ("One", "Two")
    assert first.original
    assert second.original
    assert first.original.sha256 != second.original.sha256


def test_a_crowd_of_tiny_items_is_refused() -> None:
    with pytest.raises(WireError, match=r"^5000 items in \d+ bytes, more than \d+: split it$"):
        parse(b"<newsMessage>" + b'<newsItem guid="a"/>' * 5000 + b"</newsMessage>")
