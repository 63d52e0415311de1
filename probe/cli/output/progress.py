"""Live progress on a terminal: how many are done, with which outcome, and what is in flight.

On standard error only, and only when that is a terminal: a scheduled run writes nothing here.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING, Any

from probe.cli.console import Colour, is_plain_terminal
from probe.escaping import one_line
from probe.runs.execution import Event, Finished, Listener, Repeated, Started, silent

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

_MOST_LINES = 8
_STYLES = {"success": "green", "warning": "yellow", "failure": "red", "unknown": "magenta"}


@contextmanager
def progress(
    total: int, *, quiet: bool = False, colour: Colour = Colour.AUTO, console: Console | None = None
) -> Iterator[Listener]:
    """A listener that shows the events of a run while the block lasts.

    It is silent where nobody looks, and on a terminal that cannot redraw a line.
    """
    if console is None and (quiet or not sys.stderr.isatty() or is_plain_terminal()):
        yield silent
        return
    # Deferred: rich takes 50 ms that a scheduled run has no use for.
    from rich.console import Console
    from rich.live import Live

    board = _Board(total)
    shown = console or Console(stderr=True, no_color=True if colour is Colour.NEVER else None)
    with Live(console=shown, get_renderable=board.render, transient=True, refresh_per_second=8):
        yield board.listen


class _Board:
    """What is shown."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._begun: dict[int, tuple[str, float, str]] = {}
        self._outcomes: Counter[str] = Counter()

    def listen(self, event: Event) -> None:
        """Take note of an event."""
        match event:
            case Started():
                self._begun[event.index] = (event.entry.target, monotonic(), "")
            case Repeated():
                target, begun, _ = self._begun.get(event.index, (event.entry.target, monotonic(), ""))
                self._begun[event.index] = (target, begun, "again")
            case Finished():
                self._begun.pop(event.index, None)
                self._outcomes[event.checked.document.outcome] += 1

    def render(self) -> RenderableType:
        """The lines at this moment."""
        from rich.console import Group
        from rich.progress_bar import ProgressBar
        from rich.table import Table
        from rich.text import Text

        done = self._outcomes.total()
        head = Table.grid(padding=(0, 1))
        counts = [
            Text(f"{count} {outcome}", style=_STYLES.get(outcome, ""))
            for outcome, count in sorted(self._outcomes.items())
        ]
        head.add_row(
            ProgressBar(total=max(self._total, 1), completed=done, width=30), f"{done}/{self._total}", *counts
        )
        # sorted() copies before it looks, so that the run may go on while this thread reads.
        flying = sorted(self._begun.values(), key=lambda item: item[1])
        lines: list[Any] = [head]
        for target, begun, again in flying[:_MOST_LINES]:
            lines.append(
                Text(f"  {monotonic() - begun:5.1f} s  {one_line(target, 60)}  {again}".rstrip(), style="dim")
            )
        if len(flying) > _MOST_LINES:
            lines.append(Text(f"  … and {len(flying) - _MOST_LINES} more", style="dim"))
        return Group(*lines)
