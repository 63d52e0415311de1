"""Doing several things at the same time, and stopping all of them when one fails or the wait is given up."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any


async def gather(work: Sequence[Coroutine[Any, Any, None]]) -> None:
    """Run these at the same time and wait for all; one that fails stops the others."""
    if len(work) == 1:
        await work[0]
        return
    async with asyncio.TaskGroup() as group:
        for part in work:
            group.create_task(part)
