from typing import Any

from tools.subjects.vocabulary import concepts, subject_codes, successors

IPTC = "http://cv.iptc.org/newscodes"


def concept(number: int, name: str, *, above: int | None = None, **fields: object) -> dict[str, Any]:
    broader = [f"{IPTC}/mediatopic/{above:08}"] if above else []
    texts = {"prefLabel": {"en-GB": name}, "definition": {"en-GB": f"About {name}"}}
    return {"qcode": f"medtop:{number:08}", **texts, "broader": broader, **fields}


VOCABULARY = {
    "conceptSet": [
        concept(15000000, "sport", exactMatch=[f"{IPTC}/subjectcode/15000000"]),
        concept(20000001, "ball games", above=15000000, retired="2020-01-01"),
        concept(20000002, "football", above=20000001, exactMatch=[f"{IPTC}/subjectcode/15054000"]),
        concept(20000003, "soccer", above=15000000, retired="2021-01-01", changeNote={"en-GB": "Use medtop:20000002"}),
        concept(20000004, "pitch", above=20000003, retired="2021-01-01"),
        concept(
            20000005, "old football", above=15000000, retired="2021-01-01", exactMatch=[f"{IPTC}/subjectcode/15054000"]
        ),
    ]
}


def test_a_retired_concept_is_neither_offered_nor_a_parent() -> None:
    found = {each.code: each for each in concepts(VOCABULARY)}
    assert [*found] == ["medtop:15000000", "medtop:20000002"]
    assert found["medtop:15000000"].top == 14


def test_a_successor_is_what_the_note_names_else_the_nearest_active_parent() -> None:
    assert successors(VOCABULARY) == {
        "medtop:20000001": "medtop:15000000",
        "medtop:20000003": "medtop:20000002",
        "medtop:20000004": "medtop:20000002",
        "medtop:20000005": "medtop:15000000",
    }


def test_of_two_concepts_with_a_subject_code_the_one_in_use_has_it() -> None:
    assert subject_codes(VOCABULARY) == {"15000000": "medtop:15000000", "15054000": "medtop:20000002"}
