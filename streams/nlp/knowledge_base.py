"""The knowledge base that comes with the package; tools/knowledge builds it."""

import gzip
import json
from hashlib import sha256
from importlib.resources import files

from streams.enrich.knowledge import Entry, Knowledge, Known

__all__ = ["load_knowledge"]

ARTIFACT = "knowledge.json.gz"


def load_knowledge() -> Knowledge:
    """Read it: a tenth of a second, some megabytes."""
    packed = files(__package__).joinpath(ARTIFACT).read_bytes()
    rows = json.loads(gzip.decompress(packed))
    entries = (
        Entry(Known(name, kind, qid, geonames, iso), tuple(names), tuple(agreeing), tuple(context))
        for name, kind, qid, geonames, iso, names, agreeing, context in rows
    )
    return Knowledge(f"knowledge-{sha256(packed).hexdigest()[:8]}", entries)
