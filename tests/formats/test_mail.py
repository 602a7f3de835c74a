"""Mail, with what comes with it."""

from schemas.raw_article import RawArticle
from streams.formats import parse

HEAD = "From: Ann Poe <ann@nw.example>\nSubject: Ship leaves\nMessage-ID: <1@nw.example>\nMIME-Version: 1.0\n"
MIXED = f'{HEAD}Content-Type: multipart/mixed; boundary="b"\n\n'
TEXT = "--b\nContent-Type: text/plain; charset=utf-8\n\n{}\n"
FILE = '--b\nContent-Type: {}\nContent-Disposition: attachment; filename="{}"\n\n{}\n'


def read(text: str) -> tuple[RawArticle, ...]:
    return parse(text.encode())


def test_documents_and_signatures_beside_the_text_do_no_harm() -> None:
    (article,) = read(
        MIXED
        + TEXT.format("It left.")
        + FILE.format("application/octet-stream", "release.docx", "PK")
        + FILE.format("application/pkcs7-signature", "smime.p7s", "\x00\x01")
        + FILE.format("image/svg+xml", "logo.svg", "<svg/>")
        + "--b--\n"
    )
    assert (article.headline, article.body.strip(), article.byline) == ("Ship leaves", "It left.", "Ann Poe")
    assert article.article_id == "1@nw.example"


def test_an_attached_wire_is_read_whatever_its_media_type() -> None:
    ninjs = '{"uri": "urn:a", "headline": "Port shut", "body_text": "It is shut."}'
    attached = FILE.format("application/vnd.iptc.ninjs+json", "a.json", ninjs)
    articles = read(MIXED + TEXT.format("It left.") + attached + "--b--\n")
    assert [each.headline for each in articles] == ["Ship leaves", "Port shut"]


def test_text_after_a_picture_is_text() -> None:
    picture = "--b\nContent-Type: image/png\n\nx\n"
    (article,) = read(MIXED + TEXT.format("It left.") + picture + TEXT.format("The crew waved.") + "--b--\n")
    assert article.body.split("\n\n")[0] == "It left."
    assert "The crew waved." in article.body


def test_an_order_behind_a_style_sheet_is_seen() -> None:
    style = f"<style>{'p { margin: 0 } ' * 500}</style>"
    html = f"<html><head>{style}</head><body><p>KILL KILL KILL</p><p>Ship leaves</p></body></html>"
    (article,) = read(f"{HEAD}Content-Type: text/html\n\n{html}")
    assert article.pub_status == "canceled"


def test_japanese_in_seven_bits_is_read() -> None:
    text = "\u65e5\u672c\u306e\u8239"
    data = f"{HEAD}Content-Type: text/plain; charset=iso-2022-jp\n\n".encode() + text.encode("iso-2022-jp")
    assert parse(data)[0].body.strip() == text
