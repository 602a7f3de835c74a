"""Each file in seeds/invalid is refused for the reason it is named after."""

from pathlib import Path

import pytest

from streams.errors import WireError
from streams.formats import Hint, parse

INVALID = Path(__file__).parents[2] / "seeds" / "invalid"
REASONS = {
    "binary.txt": "binary data, not text",
    "bomb.json.gz": "unpacks to more than 4 MiB and 15 times its size",
    "concept-only.xml": "NewsML-G2 without a news item (conceptItem)",
    "cut-off.xml.gz": "damaged gzip: it is cut off",
    "encrypted.zip": "a.txt in the zip is encrypted",
    "no-news-item.xml": "NewsML without a NewsItem",
    "no-text.iptc": "a transmission without a text",
    "only-a-picture.zip": "no article in it",
    "svg.xml": "XML in a format that is not read here",
    "too-deep.xml": "XML nested too deep, or with a text too long, to be read",
    "empty.txt": "empty file",
    "missing-body.json": "body: Field required",
    "not-json.json": "value: Invalid JSON: EOF while parsing a string at line 1 column 99",
    "second-line-wrong-type.jsonl": "line 2: body: Input should be a valid string",
    "time-without-offset.json": "published_at: Input should have timezone info",
    "unknown-xml.txt": "XML in a format that is not read here",
    "urgency-out-of-range.json": "urgency: Input should be less than or equal to 9",
}


@pytest.mark.parametrize("file", sorted(INVALID.iterdir()), ids=lambda file: file.name)
def test_an_invalid_seed_is_refused_for_its_own_reason(file: Path) -> None:
    with pytest.raises(WireError) as error:
        parse(file.read_bytes(), Hint(name=file.name))
    assert str(error.value) == REASONS[file.name]
