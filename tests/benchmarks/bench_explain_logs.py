#!/usr/bin/env python3
"""How fast `probe explain` reads an IIS log, and how much memory it takes: bench_explain_logs.py [MEGABYTES].

Writes a log of that size (1024 by default) to a temporary folder, one line in fifty a lookup, runs
`probe explain` on the folder, and prints seconds, megabytes a second, and the largest resident size. It fails
above a minute a gigabyte on one core and above 100 MB.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HEAD = (
    "#Software: Microsoft Internet Information Services 10.0\n#Fields: date time s-ip cs-method cs-uri-stem "
    "cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status "
    "time-taken\n"
)
OTHER = (
    "2025-03-12 08:{minute:02}:{second:02} 10.0.0.5 POST /mapi/emsmdb/ mailboxId=1f5f1a7e-1111-2222-3333-"
    "444455556666@contoso.com&CorrelationID=<empty>;&cafeReqId=3f5f1a7e; 443 CONTOSO\\user{number} "
    "10.0.1.{host} "
    "Microsoft+Office/16.0+(Windows+NT+10.0;+Microsoft+Outlook+16.0.17328;+Pro) - 200 0 0 {number}\n"
)
LOOKUP = (
    "2025-03-12 08:{minute:02}:{second:02} 10.0.0.5 POST /ews/exchange.asmx/wssecurity - 443 - "
    "52.96.32.{host} "
    "ASProxy/CrossForest/EmailDomain//15.20.8511.021 - {status} 0 0 {number}\n"
)


def block() -> bytes:
    """About a megabyte of lines."""
    lines = []
    for number in range(3_600):
        values = {"minute": number // 60, "second": number % 60, "host": number % 250, "number": number}
        if number % 50 == 0:
            lines.append(LOOKUP.format(status=(200, 200, 401, 500)[number // 50 % 4], **values))
        else:
            lines.append(OTHER.format(**values))
    return "".join(lines).encode()


def main() -> int:
    """Write the log, read it, print the figures; 1 if a limit is passed."""
    megabytes = int(sys.argv[1]) if len(sys.argv) > 1 else 1024
    folder = Path(tempfile.mkdtemp(prefix="probe-logs-"))
    try:
        lines = block()
        with (folder / "u_ex250312.log").open("wb") as log:
            log.write(HEAD.encode())
            for _ in range(megabytes * 1024 * 1024 // len(lines)):
                log.write(lines)
        size = os.path.getsize(folder / "u_ex250312.log") / 1e6
        probe = Path(sys.executable).with_name("probe")
        begun = time.perf_counter()
        subprocess.run([probe, "explain", folder], check=False, stdout=subprocess.DEVNULL)
        seconds = time.perf_counter() - begun
        largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1000
    finally:
        shutil.rmtree(folder)
    print(f"{size:.0f} MB in {seconds:.1f} s: {size / seconds:.0f} MB/s, at most {largest:.0f} MB of memory")
    return int(seconds * 1000 / size > 60 or largest > 100)


if __name__ == "__main__":
    sys.exit(main())
