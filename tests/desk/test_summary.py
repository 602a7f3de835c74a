from schemas.enriched_article import Language
from streams.desk.summary import summarise
from tests.articles import enriched_article, entity, subject


def test_a_summary_holds_what_the_desk_asks_for() -> None:
    article = enriched_article(
        version=3,
        urgency=2,
        pub_status="canceled",
        signal="kill",
        language=Language(code="de", confidence=0.9, declared="en"),
        subjects=(subject("medtop:20000346", parents=("medtop:20000344", "medtop:04000000")), subject()),
        entities=(entity("Bundesbank", id="wd:Q152"),),
    )
    summary = summarise(article)
    assert (summary.record_id, summary.article_id, summary.version) == ("a" * 64, "urn:a:1", 3)
    assert (summary.source, summary.language, summary.urgency) == ("ap", "de", 2)
    assert (summary.pub_status, summary.signal, summary.pipeline) == ("canceled", "kill", "c" * 64)
    assert summary.subjects == {"medtop:20000346", "medtop:20000344", "medtop:04000000"}
    assert summary.entities == {"wd:q152", "bundesbank"}


def test_a_mere_candidate_is_no_subject_to_the_desk() -> None:
    candidates = (subject(confidence=0.5), subject("medtop:15000000", parents=(), confidence=0.49))
    assert "medtop:15000000" not in summarise(enriched_article(subjects=candidates)).subjects
    assert "medtop:20000346" in summarise(enriched_article(subjects=candidates)).subjects


def test_an_article_about_nothing_known_is_summarised_too() -> None:
    summary = summarise(enriched_article(subjects=(), entities=()))
    assert summary.subjects == summary.entities == frozenset()
