"""Judges a record twice: to load every lazy import, then under watch; prints what was touched."""

from __future__ import annotations

import json
import socket
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

from probe.facts import record
from probe.facts.certificate import Certificate
from probe.facts.trust_store import TrustStore
from probe.judgement import target_judgement
from probe.judgement.caller_profile import profile

WATCHED = {"open", "socket", "subprocess", "os", "urllib", "ssl", "sqlite3", "ctypes"}
CLOCKS = {
    "time.time",
    "time.monotonic",
    "time.perf_counter",
    "time.time_ns",
    "datetime.now",
    "datetime.today",
}
seen: list[str] = []
watching = False


def on_audit(name: str, _arguments: tuple[object, ...]) -> None:
    if watching and name.split(".")[0] in WATCHED:
        seen.append(name)


def on_call(_frame: FrameType, event: str, argument: object) -> None:
    if event != "c_call":
        return
    owner = getattr(argument, "__self__", None)
    name = getattr(argument, "__name__", "")
    label = f"{getattr(owner, '__name__', '')}.{name}"
    if label in CLOCKS:
        seen.append(label)


def main() -> None:
    global watching
    folder = Path(sys.argv[1])
    data = (folder / "record.json").read_bytes()
    root = (folder / "root.der").read_bytes()

    def judge_afresh() -> None:
        trust = TrustStore("given", roots=(Certificate(root),))
        for name in ("exchange-se", "exchange-2010"):
            assert target_judgement.judge(record.loads(data), trust=trust, caller=profile(name))

    judge_afresh()
    sys.addaudithook(on_audit)
    watching = True
    sys.setprofile(on_call)
    judge_afresh()
    if "--transgress" in sys.argv:
        Path(folder, "record.json").read_bytes()
        socket.socket().close()
        time.time()
        datetime.now(UTC)
    sys.setprofile(None)
    watching = False
    print(json.dumps(seen))


main()
