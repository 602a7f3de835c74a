"""WARC: the pages of a crawl (https://iipc.github.io/warc-specifications/)."""

from collections.abc import Iterator
from io import BytesIO

from warcio.archiveiterator import ArchiveIterator  # type: ignore[import-untyped]  # has no annotations
from warcio.exceptions import ArchiveLoadFailed  # type: ignore[import-untyped]

from streams.errors import WireError
from streams.formats.archive import Allowance, read_within
from streams.formats.origin import Hint

__all__ = ["MEDIA_TYPE", "unpack_warc"]

MEDIA_TYPE = "application/warc"

_READ = frozenset(("response", "resource"))
_FOUND = "200"


def unpack_warc(data: bytes, hint: Hint) -> Iterator[tuple[bytes, Hint]]:
    """What servers answered with, each with its URL and media type; answers that are no success are none.

    Raises:
        WireError: it is damaged, or unpacks to too much.
    """
    allowance = Allowance(len(data))
    try:
        for record in ArchiveIterator(BytesIO(data)):
            if record.rec_type not in _READ:
                continue
            http = record.http_headers
            if http is not None and http.get_statuscode() != _FOUND:
                continue
            answer = read_within(allowance, record.content_stream())
            url = record.rec_headers.get_header("WARC-Target-URI")
            kind = (
                http.get_header("Content-Type") if http is not None else record.rec_headers.get_header("Content-Type")
            )
            yield answer, Hint(source=hint.source, name=url or hint.name, format_name=kind or None, url=url)
    except WireError:
        raise
    except (ArchiveLoadFailed, ValueError, EOFError, OSError, KeyError, AttributeError, TypeError, IndexError) as error:
        raise WireError(f"damaged WARC: {' '.join(str(error).split())[:120] or type(error).__name__}") from error
