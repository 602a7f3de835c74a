"""What the worst a sender can do costs the parsers: seconds of processor time and memory for each megabyte.

    python -m benchmarks.hostile_wires [NAME]...

Each input is a megabyte of one thing over and over, or packed to that; it is read in a process of its own, once, after
the code has been warmed up. Limits: 2 s for each MB, 64 MB and 20 times the size. Exit code 1 if one is broken.
"""

import gzip
import io
import json
import os
import resource
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

from streams.errors import WireError
from streams.formats import Hint, parse, read_articles

MB = 1 << 20
SECONDS_PER_MB, MOST_MB, TIMES = 2.0, 64, 20
LEAST_MB = 0.05
"""A packed input is small, and what it costs to begin counts for more than its size."""
SEEDS = Path(__file__).parents[1] / "seeds" / "wires"
SENTENCE = "The ship left port. "


def over(piece: str | bytes, size: int = MB) -> bytes:
    """The piece again and again, cut at the size."""
    data = piece.encode() if isinstance(piece, str) else piece
    return (data * (size // len(data) + 1))[:size]


def zipped(files: list[tuple[str, bytes]]) -> bytes:
    """A zip file of them."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files:
            archive.writestr(name, data)
    return packed.getvalue()


def inside(before: str, piece: str, after: str = "") -> bytes:
    """A megabyte of the piece in a frame."""
    return before.encode() + over(piece) + after.encode()


def texts() -> dict[str, bytes]:
    """Plain text and HTML."""
    page = "<html><body>"
    return {
        "a": over("a"),
        "words": over(SENTENCE),
        "empty lines": over("\n"),
        "spaces": over(" "),
        "NUL": over("\0"),
        "kills": over("KILL "),
        "embargoes": over("EMBARGOED until "),
        "this story": over("this story "),
        "corrects": over("(corrects "),
        "twice encoded": over("\u00e2\u20ac\u2122\u00c3\u00a9"),
        "twice, in lines": over("\u00e2\u20ac\u2122\u00c3\u00a9\n"),
        "Latin-1": over(b"caf\xe9 "),
        "doctypes": over("<!DOCTYPE "),
        "instructions": over("<?a b?>"),
        "paragraphs": inside(page, f"<p>{SENTENCE * 3}</p>"),
        "deep": inside(page, "<div>"),
        "links": inside(page, '<a href="x">y</a>'),
        "open tags": inside(page, "<"),
        "attributes": inside(f"{page}<p ", 'a="b" '),
        "table": inside(f"{page}<table>", "<tr><td>abc def ghi</td></tr>"),
        "linked data": inside('<html><script type="application/ld+json">', '[{"@type":"NewsArticle"},'),
        "comments": inside(page, "<!-- x -->"),
        "unclosed": inside(page, "<p><b><i>word "),
        "entities": inside(page, "&amp;&eacute;"),
        "preformatted": inside(f"{page}<pre>", "word \n"),
        "list": inside(f"{page}<ul>", "<li>word word</li>"),
        "breaks": inside(page, "word word<br>"),
        "metadata": inside("<html><head>", '<meta name="a" content="b">'),
        "headings": inside(page, "<h1>word word</h1>"),
    }


def xml() -> dict[str, bytes]:
    """NITF, NewsML of both kinds, feeds."""
    item = "<newsItem guid='a'><contentMeta><headline>x</headline></contentMeta></newsItem>"
    part = "<ContentItem><DataContent>x</DataContent></ContentItem>"
    rss, atom = '<rss version="2.0"><channel>', '<feed xmlns="http://www.w3.org/2005/Atom"><entry>'
    return {
        "XML deep": over("<a>"),
        "NITF": inside("<nitf><body><body.content>", f"<p>{SENTENCE}</p>", "</body.content></body></nitf>"),
        "NITF &": inside("<nitf>", "&", "</nitf>"),
        "NITF attributes": inside("<nitf>", "<a b='c' xml:d='e'/>", "</nitf>"),
        "NITF broken": inside("<nitf>", "<p><b></p>", "</nitf>"),
        "NITF entities": inside('<!DOCTYPE nitf [<!ENTITY a "b">]><nitf>', "&a;&foo;", "</nitf>"),
        "document type": inside("<!DOCTYPE nitf [", '<!ENTITY a "b">', "]><nitf><p>x</p></nitf>"),
        "namespaces": inside("<nitf xmlns:a='b'>", "<a:x a:y='z'>t</a:x>", "</nitf>"),
        "G2 items": inside("<newsMessage>", item, "</newsMessage>"),
        "G2 subjects": inside("<newsItem guid='a'><contentMeta>", "<subject qcode='medtop:1'/>"),
        "NewsML items": inside("<NewsML>", "<NewsItem><NewsComponent/></NewsItem>", "</NewsML>"),
        "NewsML parts": inside("<NewsML><NewsItem><NewsComponent>", part, "</NewsComponent></NewsItem></NewsML>"),
        "RSS items": inside(rss, "<item><title>a</title><description>b</description></item>", "</channel></rss>"),
        "RSS long": inside(f"{rss}<item><description>", "word &lt;p&gt;", "</description></item></channel></rss>"),
        "RSS broken": inside(rss, "<item><title>a</title><description>b"),
        "RSS categories": inside(f"{rss}<item>", "<category>a</category>", "</item></channel></rss>"),
        "RSS deep": inside(f"{rss}<item>", "<a>"),
        "RSS CDATA": inside(f"{rss}<item><description><![CDATA[", '<a href="x">y</a>', "]]></description></item>"),
        "RSS open CDATA": inside("<rss>", "&lt;<![CDATA["),
        "RSS address": inside(f"{rss}<item><link>http://a/?", "utm_a=b&amp;", "</link></item></channel></rss>"),
        "Atom XHTML": inside(f"{atom}<content type='xhtml'>", "<div>a</div>", "</content></entry></feed>"),
        "Atom authors": inside(atom, "<author><name>a</name></author>", "</entry></feed>"),
    }


def others() -> dict[str, bytes]:
    """JSON, teletype, mail and archives."""
    seven, anpa = "\x01nwr0117 3 pl 10  abc\r\n\x02", "\x16\x16\x01a0117\x1fbc-\r\nu i\x13\x11BC-x 05-05 0010\r\n\x02"
    mail = "From: a\nSubject: b\n"
    mixed = f'{mail}Content-Type: multipart/mixed; boundary="b"\n\n'
    attached = '--b\nContent-Disposition: attachment; filename="a.txt"\n\nhello there\n'
    return {
        "JSON deep": inside('{"uri":"a","headline":', "["),
        "ninjs items": b"[" + over('{"uri":"a","headline":"b"},').rpartition(b",")[0] + b"]",
        "ninjs number": inside('{"uri":"a","headline":"b","version":', "1", "}"),
        "ninjs lines": over('{"uri":"a","headline":"b"}\n'),
        "JSON lines": over('{"article_id":"a","source":"s","body":"b"}\n').rpartition(b"\n")[0],
        "JSON Feed": inside('{"version":"https://jsonfeed.org/version/1","items":[{"id":"1"}', ',{"id":"2"}', "]}"),
        "7901": inside(seven, "word word\r\n", "\x03"),
        "7901 messages": over(f"{seven}head\r\nword word word word\r\n\x03"),
        "7901 starts": inside(f"{seven}xx\n", "\x01a b c word word word"),
        "ANPA": inside(f"{anpa}^head<\r\n", "\tword word\r\n", "\x03"),
        "ANPA messages": over(f"{anpa}^head<\r\n\tword word\r\n\x03"),
        "ANPA set apart": inside(anpa, "^word<"),
        "mail headers": inside(mail, "X: y\n", "\n\nx"),
        "mail parts": inside(mixed, "--b\n\nx\n"),
        "mail nested": inside(mixed, mixed.partition("b\n")[2]),
        "mail subject": inside("From: a\nTo: b\nSubject: ", "=?utf-8?q?a?= ", "\n\nx"),
        "mail attachments": inside(mixed, attached),
        "gzip": gzip.compress(over(SENTENCE, 8 * MB)),
        "gzip bomb": gzip.compress(over(" ", 64 * MB)),
        "gzip members": gzip.compress(b"word ") * (MB // 25),
        "zip": zipped([("a.txt", over(SENTENCE, 6 * MB))]),
        "zip of many": zipped([(f"{number}.txt", b"word word word") for number in range(9000)]),
        "WARC": over("WARC/1.0\r\nWARC-Type: response\r\nContent-Length: 0\r\n\r\n\r\n\r\n"),
        "WARC headers": inside("WARC/1.0\r\n", "a: b\r\n"),
    }


def measured(data: bytes) -> tuple[float, float, str]:
    """Seconds, MB, and what came of it, in a process that is forked for it."""
    receiving, sending = os.pipe()
    child = os.fork()
    if child == 0:
        before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
        try:
            outcome = f"{len(read_articles(data, Hint()))} articles"
        except WireError as error:
            outcome = f"refused: {error}"
        except BaseException as error:  # noqa: BLE001 - that is what is looked for
            outcome = f"BROKE: {type(error).__name__}"
        seconds = time.process_time() - began
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        os.write(sending, json.dumps([seconds, grown, outcome[:60]]).encode())
        os._exit(0)
    os.close(sending)
    with os.fdopen(receiving, "rb") as answer:
        content = answer.read()
    os.waitpid(child, 0)
    seconds, grown, outcome = json.loads(content) if content else (0.0, 0.0, "BROKE: it died")
    return seconds, grown, outcome


def problems(size: float, seconds: float, grown: float, outcome: str) -> Iterator[str]:
    """The limits that an input of so many MB broke."""
    if seconds > SECONDS_PER_MB * max(size, LEAST_MB):
        yield "TIME"
    if grown > MOST_MB + TIMES * size:
        yield "MEMORY"
    if outcome.startswith("BROKE"):
        yield "BROKE"


def main(wanted: list[str]) -> int:
    """Print the table."""
    for path in SEEDS.glob("*/story*"):
        parse(path.read_bytes())
    print(f"{'input':<18}{'MB':>6}{'s/MB':>7}{'MB used':>9}  outcome")
    bad = 0
    for name, data in {**texts(), **xml(), **others()}.items():
        if wanted and name not in wanted:
            continue
        size = len(data) / MB
        seconds, grown, outcome = measured(data)
        broken = list(problems(size, seconds, grown, outcome))
        bad += bool(broken)
        line = f"{name:<18}{size:>6.2f}{seconds / max(size, LEAST_MB):>7.2f}{grown:>9.0f}  {outcome}"
        print(f"{line}  {' '.join(broken)}".rstrip(), flush=True)
    print(f"{bad} broke a limit")
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
