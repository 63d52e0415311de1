"""A server's settings in a file: probe's own, what PowerShell makes of it, and HealthChecker's XML."""

from __future__ import annotations

import jsonschema
import pytest
from msgspec import json
from msgspec.structs import replace

from probe.errors import DataError
from probe.facts import server_settings
from probe.facts.server_settings import ServerSettings, StoredMember
from probe.lab import authority
from probe.server import settings_origin as reading
from probe.server.server_trust import trust_store

ROOT = authority.root("Ours").certificate
SETTINGS = ServerSettings(
    server="EX03",
    exchange_version="15.1.2507.6",
    windows_build=14393,
    stores=(StoredMember("Root", ROOT.der, {"11": "Ours\0".encode("utf-16-le")}),),
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_what_is_written_is_read(encoding: str) -> None:
    data = server_settings.dumps(SETTINGS).decode().replace("\n", "\r\n").encode(encoding)
    assert server_settings.is_settings(data)
    assert reading.from_file(data, "caller.json") == SETTINGS


def test_it_is_as_its_schema_says() -> None:
    jsonschema.validate(json.decode(server_settings.dumps(SETTINGS)), server_settings.schema())


def test_unknown_keys_have_no_effect_and_are_kept() -> None:
    document = {**json.decode(server_settings.dumps(SETTINGS)), "from_a_later_version": [1]}
    read = reading.from_file(json.encode(document), "caller.json")
    assert replace(read, others={}) == SETTINGS
    assert json.decode(server_settings.dumps(read)) == document
    assert "others" not in document


@pytest.mark.parametrize(
    ("data", "said"),
    [
        pytest.param(b"{}", None, id="all-unknown"),
        pytest.param(b"[]", "no settings of a server", id="an-array"),
        pytest.param(b'{"schema": "probe.caller/9"}', "probe.caller/9", id="a-later-schema"),
        pytest.param(b'{"windows_build": "new"}', "windows_build", id="damaged"),
        pytest.param(b"[" * 100_000, "no settings of a server", id="deep"),
        pytest.param(b"<Objs><broken", "damaged", id="damaged-xml"),
        pytest.param(b"<Objs></Objs>", "not HealthChecker's", id="other-xml"),
        pytest.param(b'<!DOCTYPE Objs [<!ENTITY a "b">]><Objs>&a;</Objs>', "document type", id="entities"),
        pytest.param(b"<Objs>" + b"<Obj>" * 100_000, "deeper than", id="deep-xml"),
    ],
)
def test_what_is_no_server_is_refused(data: bytes, said: str | None) -> None:
    if said is None:
        assert reading.from_file(data, "caller.json") == ServerSettings()
        return
    with pytest.raises(DataError, match=said) as refused:
        reading.from_file(data, "given.json")
    assert str(refused.value).startswith("given.json: ")


def test_the_stores_are_the_callers_trust_store() -> None:
    store = trust_store(SETTINGS)
    assert store is not None
    assert [root.der for root in store.roots] == [ROOT.der]
    assert store.properties_of(store.roots[0]).friendly_name == "Ours"
    assert trust_store(ServerSettings()) is None


def _value(kind: str, name: str, text: str) -> str:
    return f'<{kind} N="{name}">{text}</{kind}>'


def _entry(key: str, inside: str) -> str:
    return f'<En><S N="Key">{key}</S><Obj N="Value" RefId="9"><MS>{inside}</MS></Obj></En>'


NEW = (
    '<Obj N="TLSSettings"><MS><Obj N="Registry"><MS><Obj N="TLS"><DCT>'
    + _entry(
        "1.0",
        _value("S", "TLSVersion", "1.0")
        + _value("B", "ClientEnabled", "false")
        + _value("U32", "ClientEnabledValue", "0")
        + _value("B", "ClientDisabledByDefault", "true")
        + _value("U32", "ClientDisabledByDefaultValue", "1"),
    )
    + _entry(
        "1.2",
        _value("S", "TLSVersion", "1.2")
        + _value("B", "ClientEnabled", "true")
        + '<Nil N="ClientEnabledValue" />'
        + _value("B", "ClientDisabledByDefault", "false")
        + '<Nil N="ClientDisabledByDefaultValue" />',
    )
    + '</DCT></Obj><Obj N="NET"><DCT>'
    + _entry(
        "NETv4",
        _value("S", "NetVersion", "v4.0.30319")
        + _value("B", "SystemDefaultTlsVersions", "true")
        + _value("B", "SchUseStrongCrypto", "false")
        + _value("I32", "SchUseStrongCryptoValue", "0")
        + _value("B", "WowSystemDefaultTlsVersions", "false")
        + '<Nil N="WowSystemDefaultTlsVersionsValue" />'
        + _value("B", "WowSchUseStrongCrypto", "false"),
    )
    + '</DCT></Obj></MS></Obj><Obj N="TlsCipherSuite"><LST>'
    + f"<Obj><Props>{_value('S', 'Name', 'TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384')}</Props></Obj>"
    + f"<Obj><Props>{_value('S', 'Name', 'TLS_DHE_RSA_WITH_AES_256_GCM_SHA384')}</Props></Obj>"
    + "</LST></Obj></MS></Obj>"
)
OLD = (
    '<Obj N="TLSSettings"><DCT>'
    + _entry(
        "1.0",
        _value("S", "TLSVersion", "1.0")
        + _value("B", "ClientEnabled", "false")
        + _value("B", "ClientDisabledByDefault", "true"),
    )
    + _entry(
        "NETv4", _value("S", "NetVersion", "v4.0.30319") + _value("B", "SystemDefaultTlsVersions", "true")
    )
    + "</DCT></Obj>"
)


def _health_checker(build: str, tls: str, setup: str) -> bytes:
    return (
        '<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04"><Obj RefId="0"><MS>'
        f'<Obj N="HealthCheckerExchangeServer"><Props>{_value("S", "ServerName", "EX03.contoso.com")}'
        f"{_value('S', 'HealthCheckerVersion', '26.01.01.0000')}"
        f'<Obj N="OSInformation"><Props><Obj N="BuildInformation"><Props>{build}</Props></Obj>'
        f'<Obj N="NETFramework"><Props>{_value("I32", "RegistryValue", "528049")}</Props></Obj>'
        f'{tls}</Props></Obj><Obj N="ExchangeInformation"><Props>'
        f'<Obj N="BuildInformation"><Props>{setup}</Props></Obj></Props></Obj>'
        "</Props></Obj></MS></Obj></Objs>"
    ).encode()


def test_a_new_health_checker() -> None:
    data = _health_checker(
        _value("Version", "BuildVersion", "10.0.14393.7070"),
        NEW,
        f'<Obj N="ExchangeSetup"><MS>{_value("S", "FileVersion", "15.01.2507.006")}</MS></Obj>'
        f'<Obj N="GetExchangeServer"><Props>{_value("URI", "InternetWebProxy", "http://me:pw@proxy:8080/")}'
        '<Obj N="InternetWebProxyBypassList"><LST><S>a.lab</S><S>b.lab</S></LST></Obj></Props></Obj>',
    )
    assert reading.from_file(data, "HealthChecker.xml") == ServerSettings(
        proxies={"InternetWebProxy": "http://proxy:8080/", "InternetWebProxyBypassList": "a.lab,b.lab"},
        server="EX03",
        read_by="HealthChecker 26.01.01.0000",
        windows_build=14393,
        exchange_version="15.1.2507.6",
        dotnet_release=528049,
        dotnet={
            "v4.0.30319": {"SystemDefaultTlsVersions": 1, "SchUseStrongCrypto": 0},
            "Wow6432Node\\v4.0.30319": {},
        },
        schannel={"TLS 1.0": {"Enabled": 0, "DisabledByDefault": 1}, "TLS 1.2": {}},
        cipher_suites=("TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384"),
    )


@pytest.mark.parametrize(
    ("inside", "renegotiation", "no_update"),
    [
        pytest.param(
            '<I32 N="AllowInsecureRenegoServers">0</I32><I32 N="DisableRootAutoUpdate">1</I32>',
            {"AllowInsecureRenegoServers": 0},
            True,
            id="values",
        ),
        pytest.param(
            '<S N="AllowInsecureRenegoServers">NULL</S><Nil N="DisableRootAutoUpdate" />',
            {},
            False,
            id="not-in-the-registry",
        ),
        pytest.param("", None, None, id="not-looked-for"),
    ],
)
def test_what_health_checker_reads_of_the_registry(
    inside: str, renegotiation: dict[str, int] | None, no_update: bool | None
) -> None:
    values = f'{NEW}<Obj N="RegistryValues"><Props>{inside}</Props></Obj>'
    data = _health_checker("", values, _value("S", "BuildVersion", "15.2.1544.4"))
    found = reading.from_file(data, "HealthChecker.xml")
    assert (found.renegotiation, found.root_auto_update_disabled) == (renegotiation, no_update)


@pytest.mark.parametrize(
    ("value", "read"),
    [
        pytest.param(
            '<I32 N="ClientDisabledByDefaultValue">-1</I32>', 0xFFFFFFFF, id="0xffffffff-with-a-sign"
        ),
        pytest.param('<U32 N="ClientDisabledByDefaultValue">4294967295</U32>', 0xFFFFFFFF, id="without-one"),
        pytest.param('<S N="ClientDisabledByDefaultValue">0x1</S>', None, id="text-is-no-dword"),
        pytest.param('<I32 N="ClientDisabledByDefaultValue">-</I32>', None, id="no-number"),
    ],
)
def test_a_dword_of_health_checker_has_a_sign(value: str, read: int | None) -> None:
    protocol = _entry("1.2", _value("S", "TLSVersion", "1.2") + value)
    data = _health_checker("", f'<Obj N="TLSSettings"><DCT>{protocol}</DCT></Obj>', "")
    found = (reading.from_file(data, "HealthChecker.xml").schannel or {})["TLS 1.2"]
    assert found == ({} if read is None else {"DisabledByDefault": read})


def test_an_old_health_checker() -> None:
    """As of 2021: the conclusions stand for the values, and there are no cipher suites."""
    data = _health_checker(
        _value("S", "VersionBuild", "10.0.17763"), OLD, _value("S", "BuildVersion", "15.2.922.7")
    )
    found = reading.from_file(data.decode().encode("utf-16"), "HealthChecker.xml")
    assert (found.windows_build, found.exchange_version) == (17763, "15.2.922.7")
    assert found.schannel == {"TLS 1.0": {"Enabled": 0, "DisabledByDefault": 1}}
    assert found.dotnet == {"v4.0.30319": {"SystemDefaultTlsVersions": 1}, "Wow6432Node\\v4.0.30319": {}}
    assert found.cipher_suites is None


def test_a_health_checker_of_a_server_without_a_proxy() -> None:
    nothing = '<Obj N="GetExchangeServer"><Props><Nil N="InternetWebProxy" /></Props></Obj>'
    data = _health_checker("", NEW, _value("S", "BuildVersion", "15.2.1544.4") + nothing)
    assert reading.from_file(data, "HealthChecker.xml").proxies == {"InternetWebProxy": ""}
