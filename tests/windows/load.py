"""A list of partners from Windows' CPython, under Wine: `python -m tests.windows.load [COUNT ...]`.

The partners of tests/benchmarks/bench_load.py are served by this system; `probe check -f` runs over COUNT
of them (1,000) at `-j 256` on Windows' ProactorEventLoop, which has none of select's 512 sockets. Each
record is compared with what its partner is; the handles of the process are counted at the end. Exit
status 1: a record is wrong or missing, handles are left, or memory grew with the number of partners.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from tests.benchmarks import bench_load
from tests.windows.interpreter import ROOT, CannotBuildError, build, windows_path
from tests.windows.suite import run_windows

COUNT = 1_000
# What may differ from a run over a few partners; a leak would be one for each of many.
_HANDLES_FOR_GOOD = 16
# The results of a list stay in memory until the summary: what that may be for a partner.
_MOST_BYTES_A_PARTNER = 20_000
PROGRAM = """
import ctypes, gc, sys, time
from ctypes import wintypes
from pathlib import Path

class Memory(ctypes.Structure):
    _fields_ = [("size", wintypes.DWORD), ("faults", wintypes.DWORD), ("peak_working_set", ctypes.c_size_t),
                *((name, ctypes.c_size_t) for name in "working_set a b c d pagefile peak_pagefile".split())]

kernel32, ntdll = ctypes.WinDLL("kernel32"), ctypes.WinDLL("ntdll")
kernel32.GetCurrentProcess.restype = ctypes.c_void_p
kernel32.K32GetProcessMemoryInfo.argtypes = (ctypes.c_void_p, ctypes.c_void_p, wintypes.DWORD)

def handles():
    # SystemExtendedHandleInformation: a count, a reserved word, entries of five words, the process second.
    # Wine's GetProcessHandleCount knows no number.
    size, needed = 1 << 20, wintypes.ULONG(0)
    while True:
        table = (ctypes.c_size_t * (size // 8))()
        if ntdll.NtQuerySystemInformation(64, table, size, ctypes.byref(needed)) == 0:
            return sum(table[3 + 5 * n] == kernel32.GetCurrentProcessId() for n in range(table[0]))
        size *= 2

from probe.__main__ import main
begun = time.perf_counter()
main(sys.argv[2:])
gc.collect()
memory = Memory(size=ctypes.sizeof(Memory))
assert kernel32.K32GetProcessMemoryInfo(kernel32.GetCurrentProcess(), ctypes.byref(memory), memory.size)
figures = (handles(), memory.peak_working_set, time.perf_counter() - begun, time.process_time())
Path(sys.argv[1]).write_text(" ".join(map(str, figures)))
"""


class Figures:
    """What one run took: handles at its end, peak of the working set in bytes, seconds."""

    def __init__(self, text: str) -> None:
        handles, peak, wall, processor = text.split()
        self.handles = int(handles)
        self.peak = int(peak)
        self.wall, self.processor = float(wall), float(processor)


def run_list(starter: Path, lab: bench_load.Farm, kinds: list[str], name: str) -> tuple[Figures, Path]:
    """`probe check -f` over one partner of each of these kinds; its figures and its records."""
    listed, output, figures = (lab.folder / f"{name}.{suffix}" for suffix in ("txt", "ndjson", "figures"))
    listed.write_text("".join(lab.url(number, kind) + "\n" for number, kind in enumerate(kinds)))
    command = ["check", "-f", windows_path(listed), "--format", "ndjson", "-q", "-o", windows_path(output)]
    command += ["-j", str(bench_load.CONCURRENCY), "--connect-to", "::127.0.0.1:", "--retries", "0"]
    command += ["--trust", windows_path(lab.folder / "roots.pem")]
    command += ["--connect-timeout", str(bench_load.PHASE_SECONDS), "--processes", "1"]
    run_windows(starter, "-c", PROGRAM, windows_path(figures), *command)
    return Figures(figures.read_text()), output


def main(counts: list[int]) -> int:
    """Run each size, print a line for it; 1 if something is not as it should be."""
    try:
        starter = build(Path(os.environ.get("PROBE_WINDOWS_PYTHON", ROOT / ".windows")))
    except CannotBuildError as lacking:
        print(f"Windows' Python cannot be had here, nothing ran: {lacking}")
        return 1 if os.environ.get("CI") else 0
    faults = []
    os.environ["NO_COLOR"] = "1"
    with bench_load.farm() as lab:
        small, _ = run_list(starter, lab, ["healthy"] * bench_load.CONCURRENCY, "warm-up")
        for count in counts:
            kinds = [bench_load.kind_of(number) for number in range(count)]
            found, output = run_list(starter, lab, kinds, f"mixed-{count}")
            records, wrong = bench_load.wrong_records(output, kinds)
            print(
                f"{count} partners: {records} records, {len(wrong)} wrong, {found.wall:.0f} s, "
                f"{found.processor / count * 1000:.1f} ms of CPU each, peak {found.peak / 2**20:.0f} MB "
                f"({small.peak / 2**20:.0f} MB for {bench_load.CONCURRENCY}), "
                f"handles {found.handles} after ({small.handles})",
                flush=True,
            )
            faults += [f"{count}: {line}" for line in wrong[:5]]
            if found.handles - small.handles > _HANDLES_FOR_GOOD:
                faults.append(f"{count}: handles are left")
            if found.peak - small.peak > _MOST_BYTES_A_PARTNER * count:
                faults.append(f"{count}: memory grows with the partners")
    print("\n".join(faults) or "all as it should be")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main([int(count) for count in sys.argv[1:]] or [COUNT]))
