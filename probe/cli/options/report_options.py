"""Options that say how the report looks and where it goes."""

from enum import StrEnum
from typing import Annotated

import typer

from probe.cli.console import Colour
from probe.cli.options.composition import OptionGroup, only

PANEL = "Reporting"


class Format(StrEnum):
    """Report formats."""

    TEXT = "text"
    JSON = "json"
    NDJSON = "ndjson"
    CSV = "csv"
    JUNIT = "junit"
    NAGIOS = "nagios"
    PROMETHEUS = "prometheus"
    PRTG = "prtg"
    HTML = "html"
    MARKDOWN = "markdown"
    LETTER = "letter"


class LetterFormat(StrEnum):
    """How a letter is written; AUTO: as the suffix of the output path says, else as text."""

    AUTO = "auto"
    TEXT = "text"
    HTML = "html"
    EML = "eml"


class LetterRecipient(StrEnum):
    """Who a letter is for; AUTO: who can mend the fault."""

    AUTO = "auto"
    PARTNER = "partner"
    NETWORK = "network"


class Language(StrEnum):
    """Languages of letters."""

    ENGLISH = "en"
    GERMAN = "de"


class PlainFormat(StrEnum):
    """Formats of commands that print no judged targets."""

    TEXT = "text"
    JSON = "json"


FormatOption = Annotated[
    Format, typer.Option("--format", help="How to print the report.", rich_help_panel=PANEL)
]
PlainFormatOption = Annotated[PlainFormat, typer.Option("--format", help="How to print it.")]


class ReportOptions(OptionGroup):
    """Where the report goes, what it shows, and which files are kept beside it."""

    panel = PANEL

    output: Annotated[
        str | None,
        typer.Option(
            "-o",
            "--output",
            help="Write the report there, atomically; - is standard output.",
            metavar="PATH",
        ),
    ] = None
    save: Annotated[
        str | None,
        typer.Option(help="Keep each observation record in this folder.", metavar="DIR"),
    ] = None
    save_certificates: Annotated[
        str | None,
        typer.Option(
            help="Write the certificates that the remedies name into this folder.",
            metavar="DIR",
        ),
    ] = None
    log_line: Annotated[
        bool,
        typer.Option(
            "--log-line",
            help="Print the event log entry as the Availability service words it.",
        ),
    ] = False
    quiet: Annotated[
        bool,
        typer.Option(
            "-q",
            "--quiet",
            help="No progress and no hints; and no text report where every target would succeed.",
        ),
    ] = False
    only_problems: Annotated[
        bool,
        typer.Option(
            "--only-problems",
            help="Leave the targets that would succeed out of the report; the exit code counts them all.",
        ),
    ] = False
    verbose: Annotated[
        bool,
        typer.Option(
            "-v",
            "--verbose",
            help="The whole story: every step, chain, finding and remedy, response headers and rejected "
            "issuers.",
        ),
    ] = False
    colour: Annotated[Colour, typer.Option("--color", help="Colour (NO_COLOR is honoured).")] = Colour.AUTO

    bom: Annotated[
        bool, typer.Option("--bom", help="Begin CSV with a byte order mark, as Excel wants it.")
    ] = False

    vantage: Annotated[
        bool, typer.Option("--vantage", help="HTML names the system and the proxy of this machine, too.")
    ] = False
    language: Annotated[Language, typer.Option(help="Language of a letter.")] = Language.ENGLISH
    letter_to: Annotated[
        LetterRecipient,
        typer.Option(
            help="Whom a letter is for: partner, or network for the own team; auto: who can mend it."
        ),
    ] = LetterRecipient.AUTO
    letter_format: Annotated[
        LetterFormat,
        typer.Option(help="Text, HTML or a mail to open and send; auto: by the suffix of --output."),
    ] = LetterFormat.AUTO
    letter_template: Annotated[
        str | None,
        typer.Option(help="A Jinja template in the place of the built-in one.", metavar="FILE"),
    ] = None

    @property
    def to_file(self) -> bool:
        """Whether the report goes to a file and not to standard output."""
        return self.output not in (None, "-")


OutputPath = Annotated[ReportOptions, only("output")]
"""For commands that ask for nothing but `--output`."""
