"""Where the seeds are: in the wheel beside the code, in a checkout at its root."""

from pathlib import Path

from streams.errors import SettingsError

__all__ = ["seed_files", "seeds_folder"]

PACKAGE = Path(__file__).parents[1]


def seeds_folder(package: Path = PACKAGE) -> Path:
    """The folder of the seeds.

    Raises:
        SettingsError: there is none; the message says how to get it.
    """
    for folder in (package / "seeds", package.parent / "seeds"):
        if folder.is_dir():
            return folder
    raise SettingsError(f"the seeds are missing beside {package}: install copytaster again")


def seed_files(folder: Path) -> tuple[Path, ...]:
    """What a wire would have sent: the files of the folder itself, for below it lie golden results and invalid ones."""
    files = (path for path in folder.iterdir() if path.is_file() and not path.name.startswith((".", "README")))
    return tuple(sorted(files))
