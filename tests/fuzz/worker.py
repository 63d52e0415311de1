"""One parser, fuzzed in a process of its own: `python -m tests.fuzz.worker NAME SEED FIRST SECONDS STATE`.

STATE is a file in memory that whoever watches reads: the number of the input at work and the input itself, so
that one that never ends, or ends the process, is known. Prints a line of JSON for each input that broke a
promise of the parser (`data` in base64), and one at the end.
"""

from __future__ import annotations

import base64
import json
import mmap
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from tests.fuzz import stored_inputs
from tests.fuzz.mutation import LARGEST, damaged
from tests.fuzz.parsers import PARSERS

HEADER = 16
STATE_BYTES = HEADER + LARGEST
_MOST_MEMORY = 2 << 30
_MOST_REDUCTIONS = 400


def main(name: str, seed: str, first: int, seconds: float, state: Path) -> None:
    """Run inputs number `first` and on for so many seconds."""
    _limit_memory()
    parser = PARSERS[name]
    sound = [path.read_bytes() for path in stored_inputs.inputs(name)]
    known: set[str] = set()
    number = first
    with state.open("r+b") as file, mmap.mmap(file.fileno(), STATE_BYTES) as shared:
        for data in sound:
            _note(shared, number, data)
            _run(parser, data, known)
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            number += 1
            data = damaged(sound, f"{seed}:{number}")
            _note(shared, number, data)
            _run(parser, data, known)
    print(json.dumps({"ran": number - first, "peak": _peak()}), flush=True)


def _note(shared: mmap.mmap, number: int, data: bytes) -> None:
    shared[HEADER : HEADER + len(data)] = data
    shared[:HEADER] = number.to_bytes(8, "big") + len(data).to_bytes(8, "big")


def _run(parser: Callable[[bytes], None], data: bytes, known: set[str]) -> None:
    broken = complaint(parser, data)
    if broken is None or broken[0] in known:
        return
    kind, said = broken
    known.add(kind)
    print(json.dumps({"kind": kind, "said": said, "data": _coded(reduced(parser, data, kind))}), flush=True)


def complaint(parser: Callable[[bytes], None], data: bytes) -> tuple[str, str] | None:
    """(what kind of broken promise, its traceback); None where it keeps them all."""
    try:
        parser(data)
    except Exception as broken:  # noqa: BLE001  # whatever escapes is what is looked for
        frames = [f for f in traceback.extract_tb(broken.__traceback__) if "/probe/" in f.filename]
        place = f"{Path(frames[-1].filename).name}:{frames[-1].name}" if frames else "a promise"
        return f"{type(broken).__name__} in {place}", "".join(traceback.format_exception(broken)[-8:])
    return None


def reduced(parser: Callable[[bytes], None], data: bytes, kind: str) -> bytes:
    """A shorter input that breaks the same promise, found by leaving parts out."""
    tries, size = 0, len(data) // 2
    while size and tries < _MOST_REDUCTIONS:
        start = 0
        while start < len(data) and tries < _MOST_REDUCTIONS:
            shorter = data[:start] + data[start + size :]
            tries += 1
            found = complaint(parser, shorter)
            if found is not None and found[0] == kind:
                data = shorter
            else:
                start += size
        size //= 2
    return data


def _coded(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _limit_memory() -> None:
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, resource.RLIM_INFINITY))


def _peak() -> int:
    """Bytes that the process needed at most; 0 where the system does not say."""
    if sys.platform == "win32":
        return 0
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4]), Path(sys.argv[5]))
