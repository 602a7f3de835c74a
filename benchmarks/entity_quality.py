"""What each step of the entities stage adds to what the model finds, and what the steps cost beside the model.

    python -m benchmarks.entity_quality ../shared/data --half tune

Exact spans of our annotated Wikinews articles (docs/ner-annotation.md), precision, recall and F1 in one run, and what
others annotated: GUM-news (a name is right when it holds the head of the phrase), and the posts of WNUT-17. Linked is
what has an id of Wikidata or GeoNames; a link is held right when the annotated canonical name is a name of the same
thing, so a canonical name that the knowledge base does not have counts as wrong.
"""

import argparse
import gc
import itertools
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.ner_quality import Pairs, by_heads, interval
from schemas.enriched_article import Entity, Span
from streams.enrich.boundaries import bounded
from streams.enrich.consistency import Consistent, consistent
from streams.enrich.entities import find_entities
from streams.enrich.knowledge import NOTHING, Knowledge
from streams.enrich.models import Recognized
from streams.enrich.naming import name_key
from streams.nlp.knowledge_base import load_knowledge
from streams.nlp.spacy_ner import SpacyEntityRecognizer
from streams.settings import Settings
from tools.ner_model.corpus import data_folder
from tools.ner_model.gold import GoldText, gold
from tools.ner_model.gum import GumSentence, gum
from tools.ner_model.score import Found, scores
from tools.ner_model.wnut import wnut

TYPES = {"person": "PER", "organisation": "ORG", "place": "LOC"}
GAP = "\n\n"


class Article(NamedTuple):
    """One annotated article as a stage sees it; offsets of the text lie behind those of the headline."""

    headline: str
    text: str
    paragraphs: tuple[Span, ...]
    names: dict[Found, str]
    """Each with its canonical name."""

    @property
    def shift(self) -> int:
        """Where the text begins."""
        return len(self.headline) + len(GAP)


Step = Callable[[Recognized, Recognized], Consistent]
ROUNDS = 5


def main(data: Path, half: str) -> None:
    """Print both tables."""
    articles = [annotated(parts) for parts in gold(data, half)]
    model = SpacyEntityRecognizer(Settings().spacy_model)
    knowledge = load_knowledge()
    read = [model.recognize([article.headline, article.text]) for article in articles]
    fields = [
        (Recognized(article.headline, headline), Recognized(article.text, text))
        for article, (headline, text) in zip(articles, read, strict=True)
    ]
    print(f"{len(articles)} articles, {half} half")
    names = [list(article.names) for article in articles]
    show("model", zip(names, [list(recognised(*each)) for each in fields], strict=True))
    steps: dict[str, tuple[Step, Knowledge]] = {
        "+ boundaries": (lambda *names: Consistent(*(bounded(each, NOTHING) for each in names), {}), NOTHING),
        "+ one decision for each name": (consistent, NOTHING),
        "+ knowledge base": (lambda *names: consistent(*names, knowledge), knowledge),
    }
    for name, (step, known) in steps.items():
        results = found(articles, fields, step, known)
        show(name, zip(names, [list(mentioned(*each)) for each in zip(articles, results, strict=True)], strict=True))
    links(articles, results, knowledge)
    independent(data, model, knowledge)
    others = [annotated(parts) for parts in gold(data, "tune" if half == "test" else "test")]
    cost(others, articles, step, known)


def independent(data: Path, model: SpacyEntityRecognizer, knowledge: Knowledge) -> None:
    """Model and stage on what others annotated."""
    news = [gum_document(sentences) for sentences in gum(data)]
    posts = [(text, [(text, names)], [0]) for text, names in wnut(data)]
    for name, documents, pair in (("GUM-news, by heads", news, by_heads), ("WNUT-17, posts", posts, plainly)):
        pairs: dict[str, list[Pairs]] = {"model": [], "+ all steps": []}
        for text, parts, starts in documents:
            [spans] = model.recognize([text])
            read = (Recognized("", ()), Recognized(text, spans))
            paragraphs = [
                Span(start=start, end=start + len(words)) for start, (words, _) in zip(starts, parts, strict=True)
            ]
            article = Article("", text, tuple(paragraphs), {})
            stage = find_entities(consistent(*read, knowledge), paragraphs, complete=True, knowledge=knowledge).entities
            names = {"model": recognised(*read), "+ all steps": mentioned(article, stage)}
            for step, each in names.items():
                inside = [(start - len(GAP), end - len(GAP), label) for start, end, label in each]
                pairs[step].append(
                    [
                        pair(part, [(s - at, e - at, label) for s, e, label in inside if at <= s < at + len(part[0])])
                        for part, at in zip(parts, starts, strict=True)
                    ]
                )
        print(f"\n{name}: {len(documents)} documents, F1 of all with its 95 % interval")
        for step, counted in pairs.items():
            low, high = interval(counted)
            show(step, (pair for document in counted for pair in document), f"   ({low:.3f} to {high:.3f})")


def gum_document(sentences: Sequence[GumSentence]) -> tuple[str, Sequence[GumSentence], list[int]]:
    """Its text, its sentences and where they start."""
    lengths = [len(sentence.text) + len(GAP) for sentence in sentences]
    return GAP.join(sentence.text for sentence in sentences), sentences, [0, *itertools.accumulate(lengths[:-1])]


def plainly(part: tuple[str, Sequence[Found]], names: Sequence[Found]) -> tuple[Sequence[Found], Sequence[Found]]:
    """What is annotated, and what was found."""
    return part[1], names


def found(
    articles: Sequence[Article], fields: Sequence[tuple[Recognized, Recognized]], step: Step, knowledge: Knowledge
) -> list[Sequence[Entity]]:
    """The entities of each article."""
    return [
        find_entities(step(*each), article.paragraphs, complete=True, knowledge=knowledge).entities
        for article, each in zip(articles, fields, strict=True)
    ]


def cost(others: Sequence[Article], articles: Sequence[Article], step: Step, knowledge: Knowledge) -> None:
    """CPU time of model and stage for articles that both read for the first time, as on a stream, after some others."""
    first, again = [], []
    for _ in range(ROUNDS):
        model = SpacyEntityRecognizer(Settings().spacy_model)
        timed(model, others, step, knowledge)
        gc.freeze()  # as in a pool process, whose models the collector does not look at either
        first.append(timed(model, articles, step, knowledge))
        again.append(timed(model, articles, step, knowledge))
    for name, rounds in (("read for the first time", first), ("read again", again)):
        model_ms, stage_ms = (min(taken) * 1e3 / len(articles) for taken in zip(*rounds, strict=True))
        print(f"{name}: model {model_ms:.2f} ms an article, stage {stage_ms:.2f} ms: {stage_ms / model_ms:.1%}")


def timed(
    model: SpacyEntityRecognizer, articles: Sequence[Article], step: Step, knowledge: Knowledge
) -> tuple[float, float]:
    """CPU seconds of the model, and of the stage."""
    started = time.process_time()
    read = [model.recognize([article.headline, article.text]) for article in articles]
    between = time.process_time()
    fields = [
        (Recognized(article.headline, headline), Recognized(article.text, text))
        for article, (headline, text) in zip(articles, read, strict=True)
    ]
    found(articles, fields, step, knowledge)
    return between - started, time.process_time() - between


def annotated(parts: Sequence[GoldText]) -> Article:
    """Headline and paragraphs as one article."""
    headline, *paragraphs = parts
    names = dict(zip(headline.names, headline.canonical, strict=True))
    spans, start = [], 0
    for part in paragraphs:
        offset = len(headline.text) + len(GAP) + start
        for (first, last, label), canonical in zip(part.names, part.canonical, strict=True):
            names[first + offset, last + offset, label] = canonical
        spans.append(Span(start=start, end=start + len(part.text)))
        start += len(part.text) + len(GAP)
    return Article(headline.text, GAP.join(part.text for part in paragraphs), tuple(spans), names)


def recognised(headline: Recognized, text: Recognized) -> Iterable[Found]:
    """What the model says."""
    for field, shift in ((headline, 0), (text, len(headline.text) + len(GAP))):
        for span in field.spans:
            if span.type in TYPES:
                yield span.start + shift, span.end + shift, TYPES[span.type]


def mentioned(article: Article, found: Iterable[Entity]) -> Iterable[Found]:
    """What the stage says."""
    for entity in found:
        if entity.type in TYPES:
            yield from (span for span, _ in spans(article, entity))


def spans(article: Article, entity: Entity) -> Iterable[tuple[Found, str]]:
    """Each mention of an entity that counts, and its words."""
    for mention in entity.mentions:
        shift = article.shift if mention.field == "text" else 0
        yield (mention.start + shift, mention.end + shift, TYPES[entity.type]), mention.text


def show(name: str, pairs: Iterable[tuple[Sequence[Found], Sequence[Found]]], end: str = "") -> None:
    """One row."""
    row = "   ".join(f"{label} {score}" for label, score in scores(pairs).items())
    print(f"{name:30} {row}{end}")


def links(articles: Sequence[Article], results: Sequence[Sequence[Entity]], knowledge: Knowledge) -> None:
    """How many entities have an id, and how many of the mentions with one mean what is annotated."""
    counted = [entity for found in results for entity in found if entity.type in TYPES]
    linked = [entity for entity in counted if not entity.id.startswith("x:")]
    right = wrong = 0
    for article, found in zip(articles, results, strict=True):
        for entity in found:
            if entity.type not in TYPES or entity.id.startswith("x:"):
                continue
            for span, _ in spans(article, entity):
                if span in article.names:
                    canonical = article.names[span]
                    key = name_key(canonical)
                    known = knowledge.certain(canonical)
                    may_be = [known] if known else knowledge.agreeing(key, entity.type)
                    same = entity.name in ({each.name for each in may_be} or {canonical})
                    right, wrong = right + same, wrong + (not same)
                    if not same:
                        print(f"    {entity.name!r} for what is annotated as {canonical!r}")
    print(f"\n{len(linked):,} of {len(counted):,} entities have an id ({len(linked) / len(counted):.0%})")
    print(f"{right:,} of {right + wrong:,} linked names mean what is annotated ({right / max(1, right + wrong):.1%})")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=data_folder, metavar="DATA")
    parser.add_argument("--half", choices=("test", "tune"), default="test")
    main(**vars(parser.parse_args()))
