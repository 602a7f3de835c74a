"""Where a spaCy pipeline is: the one that comes with the package, or any other."""

from pathlib import Path
from typing import Final

__all__ = ["NEWS_PIPELINE", "pipeline_path"]

NEWS_PIPELINE: Final = "en_copytaster_news"
"""Made for news by tools/ner_model; a pipeline directory beside this module, which plain `spacy.load` reads too."""


def pipeline_path(name: str) -> str:
    """What `spacy.load` takes: the directory of our own pipeline, and any other name or path as it is."""
    return str(Path(__file__).parent / name) if name == NEWS_PIPELINE else name
