"""What Windows PowerShell 5.1 lacks, and every script and command for PowerShell that probe prints.

No Windows is here to run them: each is parsed with PowerShell's grammar and searched for what only later
versions have (about_Operators, about_Pipeline_Chain_Operators and the cmdlets' pages of PowerShell 7;
What's New in PowerShell 6 and 7), cmdlets that 5.1 has with parameters that it has not, and members of .NET
that .NET Framework lacks.
"""

from __future__ import annotations

import contextlib
import dataclasses
import importlib
import io
import pkgutil
import re
import tomllib
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from types import ModuleType

import tree_sitter
import tree_sitter_powershell

from probe import remedies
from probe.cli import completion
from probe.explain import knowledge
from probe.explain.explanation_model import Knowledge
from probe.judgement.remedies.changes import root_import_commands
from probe.lab import native
from probe.remedies.advice import Advice

README = Path(__file__).parents[1] / "README.md"

# Name of what 5.1 has not: how it is found, and a line that has it.
NEWER = {
    "null-coalescing": (r"\?\?=?", "$a ?? 1"),
    "null-conditional member": (r"\$\{?\w+\}?\?[.\[]", "${a}?.b"),
    "ternary operator": (r"(?:\)|\$\w+)\s+\?\s+[^|{};]+\s:\s", "$a = $b ? 1 : 2"),
    "pipeline chain": (r"&&|\|\|", "a && b"),
    "pipe at the beginning of a line": (r"(?m)^\s*\|", "Get-Process\n    | Sort-Object"),
    "background job": (r"(?m)\s&\s*$", "Get-Process &"),
    "escape of a character": (r"`e|`u\{", '"`e[0m"'),
    "clean block": (r"\bclean\s*\{", "clean { }"),
    "automatic variable": (r"\$(?:Is(?:Windows|Linux|MacOS|CoreCLR)|PSStyle)\b", "if ($IsWindows) { }"),
    "cmdlet": (
        r"\b(?:Test-Json|Join-String|Get-Error|Get-Uptime|Remove-Service|Remove-Alias|Show-Markdown|"
        r"ConvertFrom-Markdown|ConvertTo-CliXml|ConvertFrom-CliXml|Switch-Process)\b",
        "'{}' | Test-Json",
    ),
    "parameter of any cmdlet": (
        r"-(?:Parallel|AsHashtable|AsArray|AsByteStream|EnumsAsStrings|EscapeHandling|SkipCertificateCheck|"
        r"SkipHttpErrorCheck|SkipHeaderValidation|SslProtocol|NoEmphasis|UseQuotes|QuoteFields|LeafBase|"
        r"FollowSymlink|TcpPort|NoProxy|ResponseHeadersVariable|StatusCodeVariable)\b",
        "ConvertFrom-Json -AsHashtable",
    ),
    "variable of the command prompt": (r"%\w+%", "%windir%\\system32\\inetsrv\\appcmd list wp"),
    "depth of ConvertFrom-Json": (r"ConvertFrom-Json[^|;\n]*-Depth", "ConvertFrom-Json $a -Depth 9"),
    "encoding": (r"-Encoding\s+'?utf8(?:No)?BOM", "Set-Content a -Encoding utf8NoBOM"),
    "string without newline": (r"Out-String[^|;\n]*-NoNewline", "$a | Out-String -NoNewline"),
    "member of another .NET": (
        r"ToHexString|FromHexString|HashData\(|ReplaceLineEndings|X509CertificateLoader|ExportCertificatePem|"
        r"CreateFromPem|TrimEntries|GetRelativePath|::Latin1|Random\]::Shared|HexString\(|"
        r"Get(?:ECDsa|RSA)PrivateKey\(\)\.Export(?:Pkcs8|RSA)",
        "[Convert]::ToHexString($bytes)",
    ),
}
_USING = re.compile(r"(?im)^\s*using\s+(?:namespace|module|assembly)\b")
_COMMENT = re.compile(r"(?s:<#.*?#>|@'\n.*?\n'@)|(?:^|\s)#.*$", re.MULTILINE)
_PARSER = tree_sitter.Parser(tree_sitter.Language(tree_sitter_powershell.language()))


def code_of(script: str) -> str:
    """A script without its comments and without the other languages in it."""
    return _COMMENT.sub("", script)


def newer_than_5_1(script: str) -> list[str]:
    """The names of what a script has and Windows PowerShell 5.1 has not."""
    code = code_of(script)
    found = [name for name, (pattern, _) in NEWER.items() if re.search(pattern, code)]
    first = _USING.search(code)
    if first is not None and code[: first.start()].strip():
        found.append("using statement that is not the first")
    return found


def is_powershell(script: str) -> bool:
    """Whether a script has the syntax of PowerShell."""
    return not _PARSER.parse(f"{script}\n".encode()).root_node.has_error


def is_command(line: str) -> bool:
    """Whether a line is a command of PowerShell, a comment, or empty.

    The grammar does not know some of what PowerShell takes as an argument without quotes: names with commas
    between them, an address, `--`, `-q=txt`, `-tls1_2`. They are put more
    simply, and so are the braces of what is filled in.
    """
    if not line or line.startswith("#") or is_powershell(line):
        return True
    simpler = re.sub(r"\{(\w+)\}", r"\1", line)
    for pattern in (
        r"(?<=[A-Za-z*]),(?=[A-Za-z*])",
        r"\s--(?=\s)",
        r"\d+(\.\d+){3}",
        r"(?<=\s-\w)=",
        r"\s-[a-z]+\d\w*",
    ):
        simpler = re.sub(pattern, " ", simpler)
    return is_powershell(simpler)


def scripts() -> dict[str, str]:
    """Every whole script that probe prints, by what prints it."""
    with contextlib.redirect_stdout(io.StringIO()) as shown:
        completion.run([completion.SHOW, "powershell"])
    return {
        "probe lab --native": native.script(),
        "probe caller script": files("probe.server").joinpath("Export-ProbeCaller.ps1").read_text("utf-8"),
        "probe --show-completion powershell": shown.getvalue(),
    }


def fragments() -> dict[str, str]:
    """Every command that a report, an explanation, a letter or the README shows for a Windows server."""
    found = dict.fromkeys(root_import_commands("root.cer").splitlines(), "import of a root")
    for module in (*_modules(remedies), *_modules(knowledge)):
        for line in _commands(vars(module)):
            found.setdefault(line, module.__name__)
    for language in ("de", "en"):
        text = files("probe.report.letter").joinpath(f"{language}.toml").read_text("utf-8")
        for line in _listed(tomllib.loads(text)):
            found.setdefault(line, f"letter in {language}")
    for block in re.findall(r"```powershell\n(.*?)```", README.read_text("utf-8"), re.DOTALL):
        found |= dict.fromkeys(map(str.strip, block.splitlines()), "README")
    return found


def knowledge_rows() -> list[Knowledge]:
    """Every row of what is known of messages."""
    values = [value for module in _modules(knowledge) for value in vars(module).values()]
    flat = [one for value in values for one in (value if isinstance(value, tuple) else (value,))]
    return [one for one in flat if isinstance(one, Knowledge)]


def _modules(package: ModuleType) -> Iterator[ModuleType]:
    for each in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        yield importlib.import_module(each.name)


def _commands(value: object) -> Iterator[str]:
    """The commands of every piece of advice and every row of knowledge in a value."""
    if isinstance(value, Advice | Knowledge):
        yield from value.commands
    if isinstance(value, dict):
        value = tuple(value.values())
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        value = tuple(getattr(value, field.name) for field in dataclasses.fields(value))
    if isinstance(value, tuple | list):
        for each in value:
            yield from _commands(each)


def _listed(table: object) -> Iterator[str]:
    if isinstance(table, dict):
        for name, value in table.items():
            if name == "commands":
                yield from value
            else:
                yield from _listed(value)
    elif isinstance(table, list):
        for value in table:
            yield from _listed(value)


_SINGLE = "'‘’‚‛"
_DOUBLE = '"“”„'


def words_of(line: str) -> list[str] | None:
    """The words of a line that is one call of a program, as PowerShell hands them on; None for any other.

    Nothing in it may be expanded, and what is quoted may hold no quote that ends it, the typographic ones
    among them, which the grammar does not know.
    """
    if not is_powershell(line):
        return None
    found: list[tree_sitter.Node] = []
    _collect(_PARSER.parse(f"{line}\n".encode()).root_node, "command", found)
    if len(found) != 1 or found[0].parent is None or found[0].parent.named_child_count != 1:
        return None
    words: list[tree_sitter.Node] = []
    for kind in ("command_name", "generic_token", "command_parameter", "string_literal"):
        _collect(found[0], kind, words)
    texts = [(word.text or b"").decode() for word in sorted(words, key=lambda word: word.start_byte)]
    # What the grammar took for something else (a variable, a subexpression) would be missing here.
    if "".join(texts) != re.sub(r"^& ", "", line).replace(" ", "") and '"' not in line and "'" not in line:
        return None
    return [literal for text in texts if (literal := _literal(text)) is not None] if texts else None


def _collect(node: tree_sitter.Node, kind: str, found: list[tree_sitter.Node]) -> None:
    if node.type == kind:
        found.append(node)
        return
    for child in node.children:
        _collect(child, kind, found)


def _literal(text: str) -> str | None:
    if text[:1] in _DOUBLE:
        inner = text[1:-1]
        return None if set(inner) & set(_DOUBLE + "$`") else inner
    if text[:1] in _SINGLE:
        inner = re.sub(f"([{_SINGLE}])[{_SINGLE}]", r"\1\1", text[1:-1])
        plain = re.sub(f"([{_SINGLE}])\\1", r"\1", inner)
        return None if len(re.findall(f"[{_SINGLE}]", inner)) % 2 else plain
    return text
