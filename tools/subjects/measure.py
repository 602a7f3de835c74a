"""How good the classifier is on paragraphs it has not seen, as a table."""

from collections import Counter
from collections.abc import Sequence

from streams.enrich.models import SubjectScore
from streams.nlp.media_topics import MediaTopicClassifier
from tools.subjects.learn import Text


def print_quality(classifier: MediaTopicClassifier, texts: Sequence[Text]) -> None:
    """First topic against label, where it gives one; a label is weak, so its own errors count against us."""
    first = [_first_top(scores) for scores in classifier.classify([text.text for text in texts])]
    answered = [(text, best) for text, best in zip(texts, first, strict=True) if best is not None]
    right = [best.code in text.labels for text, best in answered]
    majority, _ = Counter(label for text in texts for label in text.labels).most_common(1)[0]
    print(f"held-out paragraphs with a label      {len(texts):,}")
    print(f"majority topic                        {sum(majority in text.labels for text in texts) / len(texts):.3f}")
    print(f"answered                              {len(answered) / len(texts):.3f}")
    print(f"first topic right, where answered     {sum(right) / len(right):.3f}")
    print(f"first topic right, of all             {sum(right) / len(texts):.3f}")
    _print_calibration([best.confidence for _, best in answered], right)
    _print_topics(texts, first)


def _first_top(scores: Sequence[SubjectScore]) -> SubjectScore | None:
    return next((score for score in scores if not score.parents), None)


def _print_calibration(confidences: Sequence[float], right: Sequence[bool]) -> None:
    print("\nconfidence   answers   right")
    for low in (0.5, 0.6, 0.7, 0.8, 0.9):
        inside = [hit for hit, confidence in zip(right, confidences, strict=True) if low <= confidence < low + 0.1]
        print(f"{low:.1f} - {low + 0.1:.1f}   {len(inside):7,}   {sum(inside) / max(1, len(inside)):.3f}")


def _print_topics(texts: Sequence[Text], first: Sequence[SubjectScore | None]) -> None:
    labels = Counter(label for text in texts for label in text.labels)
    given = Counter(best.code for best in first if best)
    hits = Counter(best.code for text, best in zip(texts, first, strict=True) if best and best.code in text.labels)
    print("\ntopic             labels   precision   recall")
    for code in sorted(set(labels) | set(given)):
        precision = f"{hits[code] / given[code]:.3f}" if given[code] and labels[code] else "-"
        recall = f"{hits[code] / labels[code]:.3f}" if labels[code] else "-"
        print(f"{code}   {labels[code]:6,}   {precision:>9}   {recall:>6}")
