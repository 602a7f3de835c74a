"""Stanford CoreNLP as the teacher: its names in every text, computed once and kept."""

import subprocess
import sys
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

__all__ = ["Name", "taught"]

HERE = Path(__file__).parent / "teacher"
POM = HERE / "pom.xml"
HEAP = "-Xmx6g"


class Name(NamedTuple):
    """A name in a text: code points, the label of whoever found it, and how sure that was (0 to 1)."""

    start: int
    end: int
    label: str
    probability: float = 1.0


def taught(texts: Sequence[str], cache: Path) -> list[Sequence[Name]]:
    """The teacher's names in each text, four thousand tokens a second on two cores.

    Args:
        texts: any number; each is one paragraph.
        cache: folder for the teacher's jars (0.5 GB) and for what it said.

    Raises:
        subprocess.CalledProcessError: there is no JDK or no Maven, or they failed.
    """
    digest = sha256("\0".join(texts).encode()).hexdigest()[:16]
    answers = cache / f"teacher-{digest}.txt"
    if not answers.is_file():
        fresh = answers.with_suffix(".part")
        _run(texts, cache, fresh)
        fresh.rename(answers)
    lines = answers.read_text(encoding="utf-8").split("\n")
    return [_names(text, line) for text, line in zip(texts, lines, strict=False)]


def _run(texts: Sequence[str], cache: Path, answers: Path) -> None:
    jars = cache / "teacher-jars"
    if not jars.is_dir():
        subprocess.run(
            ["mvn", "-q", "-B", "-f", str(POM), "dependency:copy-dependencies", f"-DoutputDirectory={jars}"], check=True
        )
    subprocess.run(["javac", "-cp", f"{jars}/*", "-d", str(cache), str(HERE / "Label.java")], check=True)
    print(f"the teacher reads {len(texts):,} texts", file=sys.stderr)
    with answers.open("wb") as out:
        subprocess.run(
            ["java", HEAP, "-cp", f"{cache}:{jars}/*", "Label"],
            input="".join(text.replace("\n", "\\n") + "\n" for text in texts).encode(),
            stdout=out,
            check=True,
        )


def _names(text: str, line: str) -> list[Name]:
    names = []
    units = None if text.isascii() or max(text) < "\U00010000" else _code_points(text)
    for each in filter(None, line.split("\t")):
        start, end, label, probability = each.split(" ")
        first, last = int(start), int(end)
        names.append(Name(units[first] if units else first, units[last] if units else last, label, float(probability)))
    return names


def _code_points(text: str) -> list[int]:
    """Of each UTF-16 offset, the code point it belongs to."""
    offsets: list[int] = []
    for index, character in enumerate(text):
        offsets += [index] * (2 if character >= "\U00010000" else 1)
    return [*offsets, len(text)]
