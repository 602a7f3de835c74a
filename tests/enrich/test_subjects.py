from streams.enrich.models import Models
from streams.enrich.subjects import judge_subjects

FINAL = "The home team won the football championship after defeating the champions in the final match. "


def test_a_headline_counts(models: Models) -> None:
    without = judge_subjects("", FINAL, models.subjects, analysed_chars=1000)
    with_headline = judge_subjects(
        "Players win trophy in football tournament", FINAL, models.subjects, analysed_chars=1000
    )
    assert without.subjects[0].code == with_headline.subjects[0].code == "medtop:15000000"
    assert with_headline.subjects[0].confidence > without.subjects[0].confidence


def test_nothing_sure_is_said_to_be_nothing(models: Models) -> None:
    assert judge_subjects("", "Well well.", models.subjects, analysed_chars=1000) == ((), "abstained")


def test_only_the_start_is_read(models: Models) -> None:
    assert judge_subjects("", "x " * 500 + FINAL, models.subjects, analysed_chars=1000).status == "abstained"
