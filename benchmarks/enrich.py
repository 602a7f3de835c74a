"""What an article costs in a pool process, stage by stage, and how much of that is not NER.

    python -m benchmarks.enrich --articles 600
    python -m benchmarks.enrich --corpus ../shared/data/text/current-events/wcep_events_2002_2026.jsonl.gz

CPU milliseconds of an article of about 330 words of plain text, in batches as the pool takes them; the best of some
rounds, for other programs can only add to a time. *decode* and *encode* are JSON and the contract, *pipe* is the way
to the main process and back.
"""

import argparse
import gc
import pickle
import statistics
import time
from collections.abc import Callable, Sequence
from itertools import islice

from benchmarks.written import collected, written
from schemas.enriched_article import EnrichedArticle
from schemas.raw_article import RawArticle
from streams.desk.summary import summarise
from streams.engine.work import partition_of, process
from streams.enrich import pipeline
from streams.enrich.clean import clean
from streams.enrich.language import detect_language
from streams.enrich.models import Models
from streams.records import Record, decode_raw_article, encode
from streams.settings import Settings

ROUNDS = 5


def main(count: int, corpus: str | None) -> None:
    """Print the table."""
    from streams.nlp.load import ModelSpec, load_models

    settings = Settings()
    models = load_models(ModelSpec(spacy_model=settings.spacy_model, ner_engine=settings.ner_engine))
    raws = list(islice(collected(corpus) if corpus else written(count), count))
    size = settings.batch_records
    batches = [raws[start : start + size] for start in range(0, count, size)]
    stages = measure(batches, models)
    words = statistics.mean(len(raw.body.split()) for raw in raws)
    total, ner = sum(stages.values()), stages["NER"]
    print(f"{count} articles of {words:.0f} words, in batches of {size}")
    for name, milliseconds in stages.items():
        print(f"{name:20} {milliseconds:7.3f} ms")
    print(f"{'all':20} {total:7.3f} ms")
    print(f"{'not NER':20} {(total - ner) / total:7.0%} (under 30 %)")


def measure(batches: Sequence[Sequence[RawArticle]], models: Models) -> dict[str, float]:
    """Milliseconds of CPU an article, by stage."""
    flat = [raw for batch in batches for raw in batch]
    records = [[_record(raw) for raw in batch] for batch in batches]
    cleaned = [clean(raw) for raw in flat]
    texts = [
        [text for raw in batch for each in [clean(raw)] for text in (each.headline, each.text)] for batch in batches
    ]
    enriched = [each for batch in batches for each in pipeline.enrich(batch, models)]
    articles = [each for each in enriched if isinstance(each, EnrichedArticle)]
    values = [record.value or b"" for batch in records for record in batch]
    gc.freeze()  # as in a pool process, whose models the collector does not look at either
    sent = [sent for batch in records for sent in (batch, process(batch, models, 1))]

    def once(step: Callable[[], object]) -> float:
        times = []
        for _ in range(ROUNDS):
            began = time.process_time()
            step()
            times.append(time.process_time() - began)
        return 1000 * min(times) / len(flat)

    told = {
        "decode": once(lambda: [decode_raw_article(value) for value in values]),
        "clean": once(lambda: [clean(raw) for raw in flat]),
        "language": once(
            lambda: [detect_language(each.headline, each.text, None, models.languages) for each in cleaned]
        ),
        "NER": once(lambda: [models.entities.recognize(each) for each in texts]),
        "subjects": once(lambda: [models.subjects.classify([f"{each.headline}\n{each.text}"]) for each in cleaned]),
        "encode": once(lambda: [(summarise(each), encode(each)) for each in articles]),
        "pipe": once(lambda: [pickle.loads(pickle.dumps(each)) for each in sent]),
    }
    whole = once(lambda: [process(batch, models, 1) for batch in records])
    rest = whole - sum(told.values()) + told["pipe"]
    return {**told, "grouping, assembly": rest}


def _record(raw: RawArticle) -> Record:
    key = raw.article_id.encode()
    return Record("articles-raw", partition_of(key, 1), 0, 0, key, encode(raw))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=600)
    parser.add_argument("--corpus", help="JSON lines with a text, plain or gzip, instead of invented articles")
    options = parser.parse_args()
    main(options.articles, options.corpus)
