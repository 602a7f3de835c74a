"""The vocabulary, and texts as rows of tf-idf over it, as the classifier computes them."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from streams.nlp.words import count_words

__all__ = ["Vocabulary", "build_vocabulary"]

FEWEST_TEXTS = 3
_PLAIN_WORD = re.compile(r"[a-z]{3,40}")


class Vocabulary(NamedTuple):
    """Words in alphabetical order, and how rare each is."""

    words: tuple[str, ...]
    idf: NDArray[np.float32]

    def matrix(self, texts: Sequence[str]) -> sparse.csr_matrix:
        """A row per text: (1 + ln count) * idf, of length 1."""
        columns = {word: column for column, word in enumerate(self.words)}
        weights: list[float] = []
        indices: list[int] = []
        ends = [0]
        for text in texts:
            known = {columns[word]: count for word, count in count_words(text).items() if word in columns}
            row = [(1 + math.log(count)) * float(self.idf[column]) for column, count in known.items()]
            norm = math.sqrt(sum(weight * weight for weight in row)) or 1.0
            weights.extend(weight / norm for weight in row)
            indices.extend(known)
            ends.append(len(indices))
        shape = (len(texts), len(self.words))
        return sparse.csr_matrix((np.array(weights, np.float32), indices, ends), shape)


def build_vocabulary(texts: Sequence[str], others: Iterable[str]) -> Vocabulary:
    """The words of at least three texts, and the plain ones of `others`, each as rare as what three texts have.

    The teacher knows words that our texts do not have, so the classifier may as well.
    """
    holders = Counter(word for text in texts for word in count_words(text))
    common = {word for word, count in holders.items() if count >= FEWEST_TEXTS}
    words = tuple(sorted(common | {word for word in count_words(" ".join(others)) if _PLAIN_WORD.fullmatch(word)}))
    rarity = [math.log((1 + len(texts)) / (1 + max(FEWEST_TEXTS, holders[word]))) + 1 for word in words]
    return Vocabulary(words, np.array(rarity, np.float32))
