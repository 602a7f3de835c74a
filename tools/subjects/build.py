"""Builds streams/nlp/mediatopics.json.gz from the IPTC Media Topics, and says how good it is.

    python -m tools.subjects.build MEDIATOPICS.json EVENTS.jsonl.gz

MEDIATOPICS.json is cptall-en-GB from https://cv.iptc.org/newscodes/mediatopic (CC BY 4.0). EVENTS holds
paragraphs of Wikipedia's Portal:Current events (CC BY-SA 4.0), one {"text", "iptc_top"} a line. Their topics
are mapped from the portal's section heads: weak labels, and enough of them for 10 of the 17 topics only.

1. Every concept's words are weighted by its name and definition (learn.weigh_concepts).
2. Paragraphs, without their labels, get topics by these words, and every word the topics it stands beside: twice.
3. The labels fit one slope and a bias per topic, so that a confidence of 0.8 is right 8 times in 10.
A paragraph whose sha256 begins with an even byte takes no part in any of it; the figures are from those.
"""

import argparse
import gzip
import json
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from streams.nlp.media_topics import ARTIFACT, MediaTopicClassifier
from tools.subjects import learn
from tools.subjects.learn import Concept, Text
from tools.subjects.measure import print_quality

FEWEST_TEXT_WORDS = 8


def main() -> None:
    """Write the artifact, then print its quality."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("vocabulary", type=Path, metavar="MEDIATOPICS.json")
    parser.add_argument("events", type=Path, metavar="EVENTS.jsonl.gz")
    arguments = parser.parse_args()
    vocabulary = json.loads(arguments.vocabulary.read_text(encoding="utf-8"))
    texts = list(read_texts(arguments.events))
    taught = [text for text in texts if not held_out(text)]
    size = write(build(read_concepts(vocabulary), taught, released=vocabulary["dateReleased"][:10]))
    print(f"{ARTIFACT}: {size:,} bytes, from {len(taught):,} of {len(texts):,} paragraphs\n")
    print_quality(MediaTopicClassifier(), [text for text in texts if held_out(text) and text.labels])


def read_concepts(vocabulary: dict[str, Any]) -> list[Concept]:
    """Active concepts by code; a retired one is neither offered nor named as a parent."""
    active = {concept["qcode"]: concept for concept in vocabulary["conceptSet"] if "retired" not in concept}
    return [
        Concept(code, concept["prefLabel"]["en-GB"], concept["definition"]["en-GB"], tuple(parents(code, active)))
        for code, concept in sorted(active.items())
    ]


def parents(code: str, active: dict[str, Any]) -> Iterator[str]:
    """The way up to the top topic."""
    while above := [qcode(uri) for uri in active[code].get("broader", ()) if qcode(uri) in active]:
        code = above[0]
        yield code


def qcode(uri: str) -> str:
    """The short form of a concept's URI."""
    return f"medtop:{uri.rpartition('/')[2]}"


def read_texts(path: Path) -> Iterator[Text]:
    """Every paragraph once, in an order that depends on nothing but their own bytes."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        labels = {row["text"]: row["iptc_top"] for row in map(json.loads, lines)}
    for text in sorted(labels, key=fingerprint):
        if len(text.split()) >= FEWEST_TEXT_WORDS:
            yield Text(text, learn.stems_of(text), tuple(f"medtop:{code}" for code in labels[text]))


def fingerprint(text: str) -> bytes:
    """Orders and splits the paragraphs."""
    return sha256(text.encode()).digest()


def held_out(text: Text) -> bool:
    """Whether the paragraph is kept for the figures."""
    return fingerprint(text.text)[0] % 2 == 0


def build(concepts: Sequence[Concept], texts: Sequence[Text], *, released: str) -> dict[str, Any]:
    """Everything the classifier reads, as plain values."""
    weighed = learn.weigh_concepts(concepts, texts)
    learned = learn.learn_words(concepts, weighed, texts)
    return {
        "vocabulary": released,
        "concepts": [
            {
                "code": concept.code,
                "name": concept.name,
                "parents": concept.parents,
                "name_stems": sorted(learn.stems_of(concept.name)),
                "weights": {stem: round(weight, 4) for stem, weight in sorted(weights.items())},
            }
            for concept, weights in zip(concepts, weighed, strict=True)
        ],
        "stems": learned.stems,
        "weights": learned.steps.tolist(),
        "scale": learn.WEIGHT_STEP,
        "slope": round(learned.calibration.slope, 4),
        "bias": [round(each, 4) for each in learned.calibration.bias.tolist()],
    }


def write(artifact: dict[str, Any]) -> int:
    """Put it where the classifier reads it; its size. The same input gives the same bytes."""
    encoded = json.dumps(artifact, ensure_ascii=False, separators=(",", ":")).encode()
    packed = gzip.compress(encoded, mtime=0)
    Path("streams/nlp", ARTIFACT).write_bytes(packed)
    return len(packed)


if __name__ == "__main__":
    main()
