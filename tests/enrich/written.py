"""Recognizers made of rules, so that a test of a stage says what its model found."""

import re
from collections.abc import Mapping, Sequence

from schemas.enriched_article import EntityType
from streams.enrich.models import NamedSpan


class NamesByRule:
    """Finds the patterns it is given wherever they stand, as the types it is given."""

    model = "written-1"
    languages = frozenset({"en"})

    def __init__(self, types: Mapping[str, EntityType]) -> None:
        self._types = types

    def recognize(self, texts: Sequence[str]) -> list[list[NamedSpan]]:
        return [self._spans(text) for text in texts]

    def _spans(self, text: str) -> list[NamedSpan]:
        return sorted(
            NamedSpan(*match.span(), kind)
            for pattern, kind in self._types.items()
            for match in re.finditer(pattern, text)
        )
