# ruff: noqa: RUF001 - typographic quotes and dashes are what wires send
"""The rules for furniture are one pattern with guards before what is slow: they must say what each says alone."""

import re
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from streams.enrich import credit, furniture, promo
from streams.enrich.block import Block, Findings
from streams.enrich.credit import read_credit
from streams.enrich.furniture import recognise, strip_furniture
from streams.page.character import _INVISIBLE, describe_invisible, without_invisible
from tests.hostile import HOSTILE

FORMS = {
    "advertisement": promo.ADVERTISEMENT,
    "promo": promo.PROMO,
    "breadcrumb": (
        promo.BREADCRUMB[0],
        r"[A-Z][\w&'’ -]{1,30}?(?:\s*[>»›]\s*[A-Z][\w&'’ -]{1,30}?){2,6}",
        promo.BREADCRUMB[2],
    ),
    "end_mark": furniture._END_MARK,
    "copyright": furniture._COPYRIGHT,
    "caption": (
        *furniture._CAPTION[:-2],
        rf".{{1,390}}(?:{furniture._AGENCY_PHOTO}|{furniture._CREDITED}|{furniture._PHOTOGRAPHER})",
    ),
    "ed_note": furniture._ED_NOTE,
    "wire_header": furniture._WIRE_HEADER,
}
"""Each form as a pattern of its own, and those that were made faster as they are most plainly said."""

RULES = {reason: [re.compile(form) for form in forms] for reason, forms in FORMS.items()}

# Pieces of lines in any order find what random characters never do.
PIECES = st.sampled_from(
    (
        *("Reporting by ", "Writing and editing by ", "Jane Doe", "John Roe", " in Paris", "; ", ", ", ".", " ", "the"),
        *("contributed ", "contributed reporting", "contributed to this report", " from Berlin", "With inputs from "),
        *("Home", "World", "Europe", " > ", " » ", "›", "\t", "News", "Follow us on Twitter", "Also read: "),
        *(
            "A ship leaves port",
            "(AP Photo/",
            "(Photo by Jane Doe)",
            "[Jane Doe/Reuters]",
            "REUTERS/Jane Doe",
            ")",
            "]",
        ),
        *("Jane Doe/Getty Images", " via Getty Images", "Photo: ", "FILE - ", "©", "2024", "Copyright ", "(", "["),
        *("Eds: ", "(adds quotes)", "EMBARGOED until 3 May 14:00 GMT", "BC-FED-RATES", "###", "ENDS", "afp/jd/xy"),
        *("advertisement", "ad", "Said", "said", "x" * 40, "Ää", "-", "’s"),
    )
)
LINES = st.lists(PIECES, min_size=1, max_size=8).map(lambda pieces: " ".join("".join(pieces).split()))


def recognised_one_by_one(line: str) -> str | None:
    if not line or len(line) > furniture._LONGEST or line[0] in furniture._QUOTES:
        return None
    if read_credit(line) is not None:
        return "credit"
    return next((reason for reason, rules in RULES.items() if any(rule.fullmatch(line) for rule in rules)), None)


def done_by_clause_by_clause(line: str) -> bool:
    clauses = [clause.strip() for clause in credit._CLAUSE_END.split(line.rstrip("."))]
    matches = [(clause, credit._DONE_BY.match(clause)) for clause in clauses if clause]
    return bool(matches) and all(
        match and credit._only_names(clause[match.end() :], credit._JOBS) for clause, match in matches
    )


@given(LINES | st.text(max_size=60))
@settings(max_examples=500)
@example("Home World > World > Europe")
@example("A" + "b" * 30 + "  > Cd > Ef")
@example("A ship leaves port (AP Photo/Jane Doe)")
@example("A ship leaves port REUTERS/Jane Doe")
@example("A ship leaves port Jane Doe via Getty Images")
@example("A ship leaves port [Jane Doe/Reuters]")
def test_a_line_is_what_the_first_form_it_fits_says(line: str) -> None:
    assert recognise(line) == recognised_one_by_one(line)


@given(LINES | st.text(max_size=60))
@settings(max_examples=500)
@example("; Reporting by Jane Doe; Editing by John Roe.")
@example(", Writing by Jane Doe")
@example(" ;; reporting by Jane Doe")
@example("Reporting by Jane Doe, Editing by John Roe")
def test_what_is_done_by_whom_is_what_each_clause_says(line: str) -> None:
    assert credit._done_by(line) == done_by_clause_by_clause(line)


@given(LINES | st.text(max_size=60))
@settings(max_examples=500)
@example("Jane Doe contributed reporting")
@example("Jane Doe also contributed to this report from Berlin.")
def test_who_contributed_is_what_the_pattern_says(line: str) -> None:
    match = credit._CONTRIBUTED.fullmatch(line.rstrip("."))
    named = match is not None and credit._only_names(f"{match['names']} {match['place'] or ''}", credit._JOBS)
    assert credit._contributed(line) == named


def test_what_is_left_without_its_credit_is_looked_at_again() -> None:
    findings = Findings()
    assert strip_furniture(Block("Read more (Reporting by Jane Doe)"), findings) is None
    assert {removed.reason for removed in findings.removed()} == {"credit", "promo"}


MARKED = st.lists(
    st.sampled_from(["a", "e\u0301", "\n", "\r\n", "\x00", "\u00ad", "\ufeff", "\u0300\u0327" * 60, "é", "😀", "ß"])
).map("".join)


@given(st.text() | MARKED)
def test_a_text_without_invisible_characters_is_composed_but_for_endless_marks(text: str) -> None:
    parts = re.split(r"([^\w\s\x00-\x7f]{100,})", _INVISIBLE.sub("", text))
    composed = (part if number % 2 else unicodedata.normalize("NFC", part) for number, part in enumerate(parts))
    assert without_invisible(text) == "".join(composed)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_invisible_characters_are_counted_wherever_they_stand(text: str) -> None:
    counted = describe_invisible([text, "", text]) or ""
    total = sum(int(each.rpartition("x")[2]) for each in counted.split(", ") if each)
    assert total == 2 * len(_INVISIBLE.findall(text))
