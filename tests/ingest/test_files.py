from pathlib import Path

import pytest

from streams.formats import FORMATS
from streams.ingest.files import FileRead, read_files
from streams.records import encode
from tests.articles import raw_article


def read(*paths: Path) -> list[FileRead]:
    return list(read_files(paths, source="desk"))


def reasons(files: list[FileRead]) -> list[str]:
    return [file.failure.reason for file in files if file.failure]


def test_the_files_of_a_folder_come_sorted_and_without_what_is_no_wire(tmp_path: Path) -> None:
    for name in ("b.txt", "a.html", "c.JSON", "README.md", ".hidden.txt"):
        (tmp_path / name).write_bytes(encode(raw_article()))
    (tmp_path / "folder.txt").mkdir()
    assert [file.path.name for file in read(tmp_path)] == ["a.html", "b.txt", "c.JSON", "folder.txt"]


def test_what_cannot_be_read_is_reported_and_the_others_go_on(tmp_path: Path) -> None:
    good, empty = tmp_path / "good.txt", tmp_path / "empty.txt"
    good.write_text("Up.")
    empty.touch()
    files = read(tmp_path / "missing.txt", empty, good)
    assert reasons(files) == ["no such file or directory", "empty file"]
    assert [article.body for article in files[-1].articles] == ["Up."]


def test_a_file_named_by_the_user_is_read_whatever_its_name(tmp_path: Path) -> None:
    file = tmp_path / "copy"
    file.write_text("Up.")
    assert [article.source for article in read(file)[0].articles] == ["desk"]


def test_a_folder_without_wires_is_reported(tmp_path: Path) -> None:
    suffixes = sorted({suffix for wire in FORMATS.values() for suffix in wire.suffixes})
    assert reasons(read(tmp_path)) == [f"no file named {', '.join(suffixes)} in this folder"]


def test_a_device_is_no_file() -> None:
    assert reasons(read(Path("/dev/zero"))) == ["not a file"]


def test_a_file_too_large_for_memory_is_not_read(tmp_path: Path) -> None:
    file = tmp_path / "large.jsonl"
    with file.open("wb") as sparse:
        sparse.truncate((256 << 20) + 1)
    assert reasons(read(file)) == ["larger than 256 MiB; split it"]


def test_one_file_is_read_at_a_time(tmp_path: Path) -> None:
    first, second = tmp_path / "1.txt", tmp_path / "2.txt"
    first.write_text("One.")
    files = read_files([first, second], source="desk")
    next(files)
    second.write_text("Two.")
    assert [article.body for article in next(files).articles] == ["Two."]


@pytest.mark.parametrize("name", ["loop.txt"])
def test_a_link_to_itself_is_reported(tmp_path: Path, name: str) -> None:
    link = tmp_path / name
    link.symlink_to(link)
    assert reasons(read(link)) == ["too many levels of symbolic links"]
