from schemas.raw_article import WireSubject
from streams.enrich.models import Models
from streams.enrich.subjects import Judged, judge_subjects

FINAL = "The home team won the football championship after defeating the champions in the final match. "


def judged(models: Models, headline: str, text: str, *wire: WireSubject, language: str = "en") -> Judged:
    return judge_subjects(headline, text, language, wire, models)


def test_a_headline_counts(models: Models) -> None:
    assert judged(models, "", "It ended late on Sunday.").subjects == ()
    found = judged(models, "Players win trophy in football tournament", "It ended late on Sunday.")
    assert found.subjects[0].code == "medtop:15000000"


def test_nothing_sure_is_said_to_be_nothing(models: Models) -> None:
    assert judged(models, "", "Well well.") == ((), "abstained")


def test_only_the_start_is_read(models: Models) -> None:
    text = "x " * (models.analysed_chars // 2) + FINAL
    assert judged(models, "", text).status == "abstained"


def test_the_wires_own_code_is_a_subject_and_certain(models: Models) -> None:
    found = judged(models, "", "Well well.", WireSubject(code="subj:15054000"), WireSubject(code="N2:US"))
    assert [(each.code, each.made_by, each.confidence) for each in found.subjects] == [("medtop:20001065", "wire", 1.0)]
    assert found.subjects[0].evidence == ("subj:15054000",)
    assert found.subjects[0].parents[-1] == "medtop:15000000"
    assert found.status == "abstained"


def test_the_model_never_says_again_what_the_wire_said(models: Models) -> None:
    found = judged(models, "", FINAL, WireSubject(code="medtop:15000000"))
    assert [each.made_by for each in found.subjects if each.code == "medtop:15000000"] == ["wire"]
    assert any(each.made_by == "model" for each in found.subjects)


def test_the_wires_codes_stand_in_a_language_that_no_model_reads(models: Models) -> None:
    found = judged(models, "", "Tor!", WireSubject(code="medtop:15000000"), language="de")
    assert [each.name for each in found.subjects] == ["sport"]
    assert found.status == "no_model"
