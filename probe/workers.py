"""Work in threads beside the event loop: a bounded number, and none that anybody waits for at the end.

asyncio's own pool joins its threads when the program ends, so that a resolver that hangs holds it up; and one
thread for each piece of work makes thousands of them. Here a full pool is a wait, which whoever waits bounds
and may give up: work that nobody waits for any more is not begun.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import asyncio

Result = TypeVar("Result")


class WorkerPool:
    """At most `size` daemon threads, started when they are needed."""

    def __init__(self, name: str, size: int) -> None:
        self._name = name
        self._size = size
        self._jobs: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._threads = 0
        self._waiting = 0  # jobs that no thread has taken yet, less the threads that wait for one

    async def run(self, work: Callable[[], Result]) -> Result:
        """What `work` returns or raises."""
        import asyncio  # whoever judges a record needs none

        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Result] = loop.create_future()

        def finish(result: Any, error: Exception | None) -> None:
            if answer.done():
                return
            if error is not None:
                answer.set_exception(error)
            else:
                answer.set_result(result)

        def job() -> None:
            if answer.done():
                return
            result, error = None, None
            try:
                result = work()
            except Exception as failed:  # noqa: BLE001  # raised where the answer is awaited
                error = failed
            try:
                loop.call_soon_threadsafe(finish, result, error)
            except RuntimeError:
                pass  # the loop was closed meanwhile: nobody waits for the answer

        self._jobs.put(job)
        self._ensure_thread()
        return await answer

    async def run_to_end(self, work: Callable[[], Result]) -> Result:
        """As `run`, and cancelling it once does not lose the result: for work that ends by itself, soon."""
        import asyncio

        running = asyncio.ensure_future(self.run(work))
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is not None:
                task.uncancel()
            return await running

    def _ensure_thread(self) -> None:
        with self._lock:
            self._waiting += 1
            if self._waiting <= 0 or self._threads == self._size:
                return
            self._threads += 1
        threading.Thread(target=self._work, name=self._name, daemon=True).start()

    def _work(self) -> None:
        while True:
            with self._lock:
                self._waiting -= 1
            self._jobs.get()()
