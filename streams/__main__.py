"""`copytaster` and `python -m streams`."""

import sys
from typing import NoReturn

__all__ = ["main"]

OURS = {"streams", "schemas"}


def main() -> NoReturn:
    """Run the command line and exit with its code."""
    try:
        from streams.cli.ending import run

        sys.exit(run(sys.argv[1:]))
    except ModuleNotFoundError as error:
        # The base install is the contract and the client; what the commands need comes with the extras.
        if error.name is None or error.name.partition(".")[0] in OURS:
            raise
        sys.exit(f"error: this command needs an extra: pip install 'copytaster[worker]' (no module {error.name!r})")


if __name__ == "__main__":
    main()
