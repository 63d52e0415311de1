"""Which value holds, where it comes from, and what a wrong file says."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest

from probe.__main__ import main
from probe.collection.settings import ConnectTo, Proxy, ResolveTo, Settings
from probe.errors import ConfigurationError, DataError
from probe.runs.alerting.sending import MailServer, Security
from probe.runs.configuration import Configuration, Origin, load, locate
from probe.runs.lists import partner_list, template
from probe.runs.lists.overrides import settings_of
from probe.runs.lists.partners import PartnerEntry

CHECK = frozenset({"trust", "caller", "timeout", "aia", "history", "warning"})
JUDGE = frozenset({"trust", "caller", "aia"})
KEYS = {"check": CHECK, "judge": JUDGE, "callers": frozenset[str]()}


def _load(text: str, tmp_path: Path, **environment: str) -> Configuration:
    path = tmp_path / "probe.toml"
    path.write_text(text)
    return load(path, environment=environment, keys=KEYS)


@pytest.mark.parametrize("whose", ["file", "folder"])
def test_settings_of_somebody_else_are_read_only_where_they_are_named(
    whose: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A folder on a share with a probe.toml in it would have sent the run through its owner's proxy."""
    path = tmp_path / "probe.toml"
    path.write_text('proxy = "http://127.0.0.1:9"')
    _give_away(path if whose == "file" else tmp_path, monkeypatch)
    monkeypatch.chdir(tmp_path)
    assert main(["config", "show"]) == 0
    printed, errors = capsys.readouterr()
    assert "127.0.0.1:9" not in printed
    assert "is of another account" in errors
    assert "--config probe.toml" in errors
    assert main(["--config", "probe.toml", "config", "show"]) == 0
    assert "127.0.0.1:9" in capsys.readouterr().out


def _give_away(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make it somebody else's: in truth where root runs this, else by being somebody else."""
    if sys.platform == "win32":
        from probe.runs import access_list

        monkeypatch.setattr(access_list, "account", lambda: "S-1-5-21-1-2-3-4711")
    elif os.geteuid() == 0:
        os.chown(path, 4711, 4711)
    else:
        monkeypatch.setattr(os, "geteuid", lambda: 4711)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le"])
def test_the_file_is_read_as_notepad_and_powershell_write_it(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "probe.toml"
    path.write_bytes('trust = "Bücher.sst"\r\n'.encode(encoding))
    loaded = load(path, environment={}, keys=KEYS)
    assert loaded.commands["check"]["trust"].value == "Bücher.sst"


def test_the_environment_wins_over_the_file_and_a_table_over_the_top(tmp_path: Path) -> None:
    text = 'trust = ["system"]\ntimeout = 40\naia = false\n[judge]\ntrust = "windows"\n'
    loaded = _load(
        text, tmp_path, PROBE_AIA="true", PROBE_HISTORY="", PROBE_TRSUT="x", PROBE_DEBUG="1", PATH="/bin"
    )
    values = {
        command: {key: (setting.value, setting.origin) for key, setting in settings.items()}
        for command, settings in loaded.commands.items()
    }

    assert values == {
        "check": {
            "trust": (["system"], Origin.FILE),
            "timeout": (40, Origin.FILE),
            "aia": ("true", Origin.ENVIRONMENT),
        },
        "judge": {"trust": ("windows", Origin.FILE), "aia": ("true", Origin.ENVIRONMENT)},
        "callers": {},
    }
    assert loaded.commands["check"]["aia"].place == "PROBE_AIA"
    assert loaded.commands["judge"]["trust"].place == f"{tmp_path / 'probe.toml'}, [judge]"
    assert loaded.unused_variables == ("PROBE_TRSUT",)
    assert loaded.mail_server is None


def test_without_a_file_the_environment_alone_holds() -> None:
    loaded = load(None, environment={"PROBE_CALLER": "exchange-2016"}, keys=KEYS)

    assert loaded.commands["judge"]["caller"].value == "exchange-2016"
    assert loaded.path is None


MAIL = '[notify]\nsmtp_server = "mail"\nsmtp_from = "a@b.c"\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("timout = 3", "timout: unknown key; did you mean timeout?", id="typing-error"),
        pytest.param("[chekc]\ntimeout = 3", "chekc: unknown key; did you mean check?", id="wrong-table"),
        pytest.param(
            "[judge]\ntimeout = 3", "[judge]: timeout: unknown key; known are", id="not-of-this-command"
        ),
        pytest.param("[trust]\nx = 1", "trust: unknown key", id="key-as-table"),
        pytest.param("trust = [1]", "trust: give a text, a number", id="list-of-numbers"),
        pytest.param("timeout = ", "this is no TOML", id="broken"),
        pytest.param("notify = 3", "[notify]: write it as a table", id="notify-no-table"),
        pytest.param(MAIL + "smtp_prot = 1", "smtp_prot: unknown key; did you mean smtp_port", id="mail-key"),
        pytest.param(MAIL + "smtp_port = '25'", "smtp_port: give a number", id="mail-port"),
        pytest.param(MAIL + "smtp_security = 'ssl'", "give one of starttls, tls, none", id="mail-security"),
        pytest.param("[notify]\nsmtp_server = 'x'", "smtp_from is missing", id="mail-sender"),
        pytest.param(MAIL + "smtp_password = 'x'", "does not belong in a file", id="mail-password"),
        pytest.param(MAIL + "smtp_password = 'env:ABSENT'", "ABSENT is not set", id="mail-variable"),
    ],
)
def test_a_mistake_is_told_with_file_and_key(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=re.escape(said)) as refused:
        _load(text, tmp_path)

    assert str(refused.value).startswith(str(tmp_path / "probe.toml"))


def test_the_mail_server_takes_its_password_from_the_environment(tmp_path: Path) -> None:
    text = MAIL + "smtp_password = 'env:WORD'\nsmtp_user = 'me'\nsmtp_security = 'tls'\nsmtp_port = 1465\n"

    assert _load(text, tmp_path, WORD="open").mail_server == MailServer(
        "mail", "a@b.c", 1465, Security.TLS, "me", "open"
    )


@pytest.mark.parametrize(
    ("system", "variables", "folder"),
    [
        pytest.param("Windows", {"APPDATA": "{home}/Roaming"}, "Roaming/fedprobe", id="windows"),
        pytest.param("Windows", {}, "AppData/Roaming/fedprobe", id="windows-service"),
        pytest.param("Darwin", {}, "Library/Application Support/fedprobe", id="macos"),
        pytest.param("Linux", {}, ".config/fedprobe", id="linux"),
        pytest.param("Linux", {"XDG_CONFIG_HOME": "{home}/xdg"}, "xdg/fedprobe", id="linux-xdg"),
    ],
)
def test_the_file_is_looked_for_where_the_system_keeps_such_files(
    system: str, variables: dict[str, str], folder: str, tmp_path: Path
) -> None:
    environment = {name: value.format(home=tmp_path) for name, value in variables.items()}

    def found(given: str | None = None) -> Path | None:
        return locate(given, environment=environment, here=tmp_path / "here", home=tmp_path, system=system)

    assert found() is None
    users = tmp_path / folder / "probe.toml"
    here = tmp_path / "here" / "probe.toml"
    other = tmp_path / "other.toml"
    for path in (users, here, other):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        assert found() == (users if path == users else here)
    environment["PROBE_CONFIG"] = str(other)
    assert found() == other
    assert found(str(users)) == users


def test_a_file_that_was_named_has_to_exist(tmp_path: Path) -> None:
    for given, variables in ((str(tmp_path / "x"), {}), (None, {"PROBE_CONFIG": str(tmp_path / "x")})):
        with pytest.raises(ConfigurationError, match="there is no such file"):
            locate(given, environment=variables, here=tmp_path, home=tmp_path, system="Linux")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load(tmp_path, environment={}, keys=KEYS)


def _switched_on(text: str) -> str:
    return re.sub(r"^#(?=[a-z_]+ = )", "", text, flags=re.MULTILINE)


def test_the_example_list_is_read_as_it_is_and_with_every_key_switched_on() -> None:
    plain = partner_list.from_text(template.PARTNERS, name="partners.toml")
    everything = partner_list.from_text(_switched_on(template.PARTNERS), name="partners.toml")
    contoso, fabrikam = everything.entries()

    assert [entry.target for entry in plain.entries()] == ["contoso.example", "fabrikam.example"]
    assert contoso.callers == ("exchange-se", "exchange-2016@2012r2")
    unset = {name for name in PartnerEntry.__struct_fields__ if getattr(fabrikam, name) in {None, ()}}
    assert unset == {"notes"}
    assert contoso.notes


def test_settings_of_an_entry_win_over_those_of_the_run() -> None:
    base = Settings(timeout=25, resolve=(ResolveTo(None, None, ("192.0.2.9",)),))
    entry = PartnerEntry(
        "contoso.com",
        ews_url="https://ews.example/",
        timeout=40.0,
        aia=False,
        proxy="env:PARTNER_PROXY",
        connect_to=("a.example:443:192.0.2.1:8443",),
        resolve=("a.example:443:192.0.2.2",),
    )

    settings = settings_of(entry, base, {"PARTNER_PROXY": "http://me:word@proxy.example:3128"})

    assert (settings.timeout, settings.connect_timeout, settings.aia) == (40.0, base.connect_timeout, False)
    assert settings.proxy == Proxy("proxy.example", 3128, ("me", "word"))
    assert settings.connect_to == (ConnectTo("a.example", 443, "192.0.2.1", 8443),)
    assert settings.resolve == (ResolveTo("a.example", 443, ("192.0.2.2",)), *base.resolve)
    assert settings.ews_url == "https://ews.example/"
    assert settings_of(PartnerEntry("contoso.com"), base, {}) == base
    with pytest.raises(DataError, match="PARTNER_PROXY is not set"):
        settings_of(entry, base, {})


@pytest.mark.posix("owners of POSIX")
@pytest.mark.parametrize("whose", ["file", "folder"])
def test_a_configuration_of_somebody_else_is_read_only_when_it_is_named(
    whose: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path / "shared"
    here.mkdir()
    path = here / "probe.toml"
    path.write_text("timeout = 3")

    def found(named: str | None = None) -> Path | None:
        return locate(named, environment={}, here=here, home=tmp_path / "home", system="Linux")

    assert found() == path
    if os.geteuid() == 0:
        os.chown(path if whose == "file" else here, 12345, -1)
    else:
        monkeypatch.setattr(os, "geteuid", lambda: 12345)
    assert found() is None
    assert found(str(path)) == path


def test_a_configuration_is_bounded(tmp_path: Path) -> None:
    path = tmp_path / "probe.toml"
    path.write_bytes(b"#" * (1024 * 1024 + 1))
    with pytest.raises(ConfigurationError, match="larger than 1 MiB"):
        load(path, environment={}, keys={})
    path.write_text("a" + ".a" * 100_000 + " = 1")
    with pytest.raises(ConfigurationError, match="more than 16 parts"):
        load(path, environment={}, keys={})
