"""One check from process start to exit, beside what a user would otherwise run. Prints a table, no verdict.

    python -m tests.benchmarks.bench_oneshot [--runs 11] [--sslyze PATH-TO-A-VENV-WITH-SSLYZE]

A lab partner runs in this process; each command is started afresh, in turn, so that a drift of the machine
hits all alike. Figures: wall and CPU milliseconds (median), peak memory of the process (maximum), and the
CPU as a multiple of the httpx script's (median of the ratios within a round).
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from probe.cli.commands.lab import write_stores
from probe.lab.partner import Partner
from tests.benchmarks.measured import cost_of, keep_byte_code

SSL_SCRIPT = """
import socket, ssl, sys
host, port, roots = sys.argv[1], int(sys.argv[2]), sys.argv[3]
context = ssl.create_default_context(cafile=roots)
with context.wrap_socket(socket.create_connection(("127.0.0.1", port)), server_hostname=host) as tls:
    tls.sendall(b"POST /ews/exchange.asmx/WSSecurity HTTP/1.1\\r\\nHost: " + host.encode() +
                b"\\r\\nContent-Type: text/xml\\r\\nContent-Length: 11\\r\\n\\r\\n<Envelope/>")
    print(tls.recv(65536)[9:12].decode())
"""
HTTPX_SCRIPT = """
import ssl, sys
import httpx
host, port, roots = sys.argv[1], sys.argv[2], sys.argv[3]
context = ssl.create_default_context(cafile=roots)
with httpx.Client(verify=context) as client:
    answer = client.post(f"https://127.0.0.1:{port}/ews/exchange.asmx/WSSecurity", content=b"<Envelope/>",
                         headers={"Host": host}, extensions={"sni_hostname": host})
    print(answer.status_code)
"""

HTTPX = "Python, httpx"


@dataclass
class Row:
    """One command and its figures."""

    name: str
    command: list[str]
    codes: tuple[int, ...] = (0,)
    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    peak: int = 0


def measure(row: Row) -> None:
    """Run the command once and add its figures."""
    cost = cost_of(row.command)
    row.wall.append(cost.wall * 1000)
    row.cpu.append(cost.cpu * 1000)
    row.peak = max(row.peak, cost.peak)
    if cost.code not in row.codes:
        raise SystemExit(f"{row.name} ended with {cost.code}: {row.command}")


def rows(partner: Partner, folder: Path, sslyze: str | None) -> list[Row]:
    """The commands to compare."""
    roots = folder / "roots.pem"
    specs = write_stores(partner.trust, roots)
    (folder / "ssl_script.py").write_text(SSL_SCRIPT)
    (folder / "httpx_script.py").write_text(HTTPX_SCRIPT)
    arguments = [partner.host, str(partner.port), str(roots)]
    check = [sys.executable, "-m", "probe", "check", partner.ews_url, "--connect-to", partner.connect_to[0]]
    check += ["-4", "--format", "json", "--trust", specs[0]]
    found = [
        Row("probe --version", [sys.executable, "-m", "probe", "--version"]),
        Row("probe check URL --format json", check),
        Row("Python, ssl only", [sys.executable, str(folder / "ssl_script.py"), *arguments]),
        Row(HTTPX, [sys.executable, str(folder / "httpx_script.py"), *arguments]),
    ]
    openssl = shutil.which("openssl")
    if openssl:
        client = [openssl, "s_client", "-connect", f"127.0.0.1:{partner.port}", "-servername", partner.host]
        found.append(Row("openssl s_client", [*client, "-CAfile", str(roots)], codes=(0, 1)))
    if sslyze:
        command = [
            str(Path(sslyze) / "bin" / "python"),
            "-m",
            "sslyze",
            "--certinfo",
            "--mozilla_config=disable",
        ]
        found.append(Row("sslyze --certinfo", [*command, f"127.0.0.1:{partner.port}"], codes=(0, 1)))
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=11)
    parser.add_argument("--sslyze", help="a virtual environment that has sslyze")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, Partner("healthy") as partner:
        keep_byte_code(Path(folder))
        found = rows(partner, Path(folder), options.sslyze)
        for row in found:
            measure(row)  # a warm-up: file cache, byte code
            row.wall.clear()
            row.cpu.clear()
        for _ in range(options.runs):
            for row in found:
                measure(row)
    httpx = next(row for row in found if row.name == HTTPX)
    print(
        f"{'command':32} {'wall ms':>9} {'CPU ms':>9} {'/ httpx':>9} {'peak MB':>9}   ({options.runs} runs)"
    )
    for row in found:
        wall, cpu = statistics.median(row.wall), statistics.median(row.cpu)
        ratio = statistics.median(own / other for own, other in zip(row.cpu, httpx.cpu, strict=True))
        print(f"{row.name:32} {wall:9.0f} {cpu:9.0f} {ratio:9.2f} {row.peak / 2**20:9.0f}")


if __name__ == "__main__":
    main()
