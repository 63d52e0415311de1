"""The program's own version and help, answered without loading a command: that takes ten times as long.

`HELP` is what typer makes of the commands on a terminal of 80 columns or more, or none; a test compares them.
Whoever asks on a narrower terminal gets typer's own.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from probe.version import __version__

COLUMNS = 80  # typer's help is never wider

HELP = """\
Usage: probe [OPTIONS] COMMAND [ARGS]...

  Would the Exchange Availability service accept this partner's endpoints, and
  if not, what would it log and what fixes it?

  Example: probe check contoso.com

Options:
  --config FILE         Configuration file. Default: PROBE_CONFIG, probe.toml
                        here, or the user's. probe config show prints what
                        holds.
  --version             Print the version and exit.
  --install-completion  Install completion for the current shell.
  --show-completion     Show completion for the current shell, to copy it or
                        customize the installation.
  -h, --help            Show this message and exit.

Commands:
  check       Find a partner's endpoints, connect, judge and report.
  demo        Start partners with faults on loopback, check each for real,
              print the verdicts. Needs no network.
  collect     Record what is seen of a partner, to be judged later or
              elsewhere with probe judge.
  judge       Judge recorded observations without any network; or ask whose
              verdict would flip if something changed.
  federation  Ask a partner what Get-FederationInformation asks: application
              URI, domains, token issuers.
  pair        Check two organisations for each other: would the lookups of
              each reach the other?
  chain       Judge a certificate chain from a file as the caller's Windows
              would, with no network.
  explain     Explain an event-log entry, exception text, cmdlet output or
              whole logs: what happened, who acts, what to do.
  sources     Print the facts behind a citation such as [failures 5.4.2], with
              where each comes from.
  callers     List the Exchange servers that can be predicted, with what each
              one does differently.
  lab         List the faults of the lab, or serve a partner with one of them
              on loopback until Ctrl-C.
  init        Write a commented probe.toml and partners.toml.
  history     Print the results of a target with what changed between them, or
              the last result of every target.
  diff        Say in words what changed from OLD to NEW.
  merge       Put results together, and print them in any format; the exit
              code is that of all of them.
  serve       Check partners in the background and answer scrapes of /metrics
              with the last results and their age.
  schema      Print the JSON Schema of a machine output: a result, a judged
              chain, an observation record, and others.
  trust       What a trust store holds, as a table, as PEM, or compared.
  caller      The settings of one Exchange server, to be judged with instead
              of an average one's.
  config      Which settings hold, and where they come from.
  schedule    Ready schedules; nothing is installed unless --install says so.
"""


def answer(arguments: Sequence[str]) -> str | None:
    """The text that answers this command line; None: it asks for something else than version or help."""
    asked = tuple(arguments)
    if asked == ("--version",):
        return f"probe {__version__}\n"
    if asked in (("--help",), ("-h",)) and _columns() >= COLUMNS:
        return HELP
    return None


def _columns() -> int:
    """How wide the terminal is, or COLUMNS says, as shutil.get_terminal_size finds it; 80 for no terminal."""
    said = os.environ.get("COLUMNS", "")
    if said.isdecimal() and int(said) > 0:
        return int(said)
    try:
        return os.get_terminal_size(sys.__stdout__.fileno()).columns or COLUMNS  # type: ignore[union-attr]
    except (AttributeError, ValueError, OSError):  # closed, not a terminal
        return COLUMNS
