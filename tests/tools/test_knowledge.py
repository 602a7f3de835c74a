"""The facts that the knowledge base is built from."""

import gzip
import re
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from tools.knowledge import organisations as module
from tools.knowledge.build import HERE, all_entries, packed, table
from tools.knowledge.organisations import KINDS, Organisation, organisations

DATA = Path(__file__).parents[3] / "shared" / "data"
PACKED = Path(__file__).parents[2] / "streams" / "nlp" / "knowledge.json.gz"

needs_data = pytest.mark.skipif(not (DATA / "gazetteers").is_dir(), reason="the lists are not here: ../shared/data")

ALL = list(organisations())


def test_there_are_fifteen_hundred_of_all_kinds_and_parts_of_the_world() -> None:
    kinds = Counter(each.kind for each in ALL)
    assert len(ALL) >= 1500
    assert set(kinds) <= KINDS
    assert min(kinds[kind] for kind in ("armed_group", "party", "international", "central_bank", "ngo")) >= 50
    assert len({each.iso for each in ALL}) > 100


def test_cells_are_well_formed() -> None:
    for each in ALL:
        assert re.fullmatch(r"[A-Z]{2}|", each.iso), each
        assert re.fullmatch(r"Q[1-9]\d*|", each.qid), each
        for name in (each.name, *each.aliases, *each.context_aliases):
            assert name == " ".join(name.split()), each
            assert any(map(str.isupper, name)) or name[0].isdigit(), each
        papers = {each.name} if each.kind == "media" else set()  # "The Guardian" is called so
        assert not [name for name in {each.name, *each.aliases, *each.context_aliases} - papers if name[:4] == "The "]


def test_a_name_or_alias_means_one_organisation() -> None:
    owners: defaultdict[str, list[Organisation]] = defaultdict(list)
    for each in ALL:
        for name in {each.name.casefold(), *(alias.casefold() for alias in each.aliases)}:
            owners[name].append(each)
    assert {name: [each.name for each in both] for name, both in owners.items() if len(both) > 1} == {}


def test_an_id_belongs_to_one_organisation() -> None:
    ids = Counter(each.qid for each in ALL if each.qid)
    assert [qid for qid, count in ids.items() if count > 1] == []
    known = {each.name: each.qid for each in ALL}
    assert (known["United Nations"], known["World Health Organization"]) == ("Q1065", "Q7817")


def test_a_row_with_a_cell_too_few_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "some.tsv").write_text("name\tkind\nFoo\tcompany\n", encoding="utf-8")
    monkeypatch.setattr(module, "HERE", tmp_path)
    with pytest.raises(ValueError, match=r"some\.tsv, line 2: 2 cells"):
        list(organisations())


@needs_data
def test_all_countries_are_there_and_the_packed_file_is_that_of_the_tables() -> None:
    entries = all_entries(DATA)
    known = [each.known for each in entries]
    countries = [each for each in known if each.iso]
    assert len({each.iso for each in countries}) == len(countries) == 250
    assert sum(each.qid is None for each in countries) <= 2
    assert sum(each.type == "group" for each in known) > 180
    assert sum(each.people > 0 for each in known) == 25_000
    assert gzip.decompress(PACKED.read_bytes()) == packed(entries), "python -m tools.knowledge.build"


def test_every_office_has_a_day_it_began_and_no_id_is_two_people_s() -> None:
    rows = [*table(HERE / "people.tsv"), *table(HERE / "legislators.tsv")]
    assert [row for row in rows if not re.fullmatch(r"\d{4}(-\d\d){0,2}|\?", row["from"])] == []
    assert [row for row in rows if not re.fullmatch(r"\d{4}(-\d\d){0,2}|\??", row["until"])] == []
    names: defaultdict[str, set[str]] = defaultdict(set)
    for row in rows:
        names[row["qid"]].add(row["name"])
    assert {qid: each for qid, each in names.items() if qid and len(each) > 1} == {}
