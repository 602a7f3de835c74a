"""What came of what went in: the demo's account, from the topics alone. Pure."""

from collections import Counter
from dataclasses import dataclass, field

from rich.table import Table

from schemas.disposition import Disposition

__all__ = ["Tally", "summary"]

Place = tuple[int, int]
"""Partition and offset of an input."""


@dataclass(slots=True)
class Tally:
    """Inputs and the dispositions of them."""

    inputs: set[Place] = field(default_factory=set)
    dispositions: dict[Place, Disposition] = field(default_factory=dict)
    repeated: int = 0

    def add(self, disposition: Disposition) -> None:
        """Count one disposition."""
        place = (disposition.partition, disposition.offset)
        if place in self.dispositions:
            self.repeated += 1
        self.dispositions[place] = disposition

    @property
    def missing(self) -> set[Place]:
        """Inputs nobody has accounted for yet."""
        return self.inputs - self.dispositions.keys()

    @property
    def adds_up(self) -> bool:
        """Every input has one disposition, and every disposition an input."""
        return not self.repeated and self.inputs == self.dispositions.keys()

    def outcomes(self) -> Counter[str]:
        """How many inputs ended how."""
        return Counter(each.outcome for each in self.dispositions.values())

    def stages(self) -> Counter[str]:
        """Dead letters by the stage that failed, which the reason names first."""
        dead = (each for each in self.dispositions.values() if each.outcome == "dead_lettered")
        return Counter(each.reason.partition(":")[0] for each in dead)

    def wires(self) -> Counter[str]:
        """Changes on each wire."""
        return Counter(route for each in self.dispositions.values() for route in each.routes)


def summary(tally: Tally, wires: tuple[str, ...], seconds: float) -> Table:
    """The closing table; `wires` gives their order, those without a change included."""
    table = Table(title="copytaster demo", title_justify="left", show_header=False, box=None, padding=(0, 2, 0, 0))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(style="dim")
    table.add_row("records in", str(len(tally.inputs)))
    for outcome, count in sorted(tally.outcomes().items()):
        stages = ", ".join(f"{stage} {number}" for stage, number in sorted(tally.stages().items()))
        table.add_row(outcome.replace("_", " "), str(count), stages if outcome == "dead_lettered" else "")
    counts = tally.wires()
    for wire in wires:
        table.add_row(f"wire-{wire}", str(counts[wire]))
    table.add_row("seconds", f"{seconds:.1f}")
    table.add_row("accounted for", "all" if tally.adds_up else _difference(tally))
    return table


def _difference(tally: Tally) -> str:
    return f"{len(tally.missing)} missing, {tally.repeated} repeated"
