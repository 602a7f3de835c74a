"""A short run of the fuzzer over each format: no bytes make a parser raise anything but WireError."""

from dataclasses import replace

import pytest

from schemas.raw_article import RawArticle
from streams.errors import WireError
from streams.formats import FORMATS, Hint, parse
from tests.fuzz.formats import NAMES, problem

RUNS = 400


@pytest.mark.parametrize("name", NAMES)
def test_no_bytes_break_a_format(name: str) -> None:
    pytest.importorskip("atheris", reason="atheris has no wheel for this platform")
    from tests.fuzz.__main__ import fuzz

    result = fuzz(name, seconds=10, runs=RUNS)
    assert result["broke"] == ""
    assert result["executions"] > 0


def test_a_parser_that_breaks_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_data: bytes, _hint: Hint) -> tuple[RawArticle, ...]:
        raise ZeroDivisionError

    monkeypatch.setitem(FORMATS, "text", replace(FORMATS["text"], parse=broken))
    assert "ZeroDivisionError" in problem(b"Up.", "text")
    assert problem(b"", "text") == ""


def test_a_parser_that_breaks_costs_no_wire(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_data: bytes, _hint: Hint) -> tuple[RawArticle, ...]:
        raise ZeroDivisionError

    monkeypatch.setitem(FORMATS, "text", replace(FORMATS["text"], parse=broken))
    with pytest.raises(WireError, match=r"^the parser failed \(ZeroDivisionError\); please report it with the file$"):
        parse(b"Up.")
