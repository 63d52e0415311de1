"""What certificates point at, fetched without judging."""

from __future__ import annotations

from probe.collect.run import Run


async def retrieve_issuers(run: Run) -> None:
    """Nothing yet."""
    _ = run
