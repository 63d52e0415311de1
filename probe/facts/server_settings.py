"""What one Exchange server is set to: the file `caller.json`, schema `probe.caller/1`.

It holds values as they were read, and nothing that follows from them: probe.judgement.own_server makes a
caller of it. `None` is "not read"; a value that the registry does not have is absent from its table. Keys
that this version does not know have no effect and are kept: what is exported again has them. No key, password
or mailbox has a place in it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import Struct, field

from probe.errors import DataError
from probe.facts.encoding import text_encoding

SCHEMA = "probe.caller/1"
_FAMILY = "probe.caller/"
CHAIN_ENGINE_VALUES = (
    "MinRsaPubKeyBitLength",
    "EnableWeakSignatureFlags",
    "WeakSha1AllFlags",
    "WeakSha1ThirdPartyFlags",
    "WeakRsaAllFlags",
    "WeakRsaAllMinBitLength",
    "WeakRsaThirdPartyFlags",
    "WeakRsaThirdPartyMinBitLength",
    "DisableMandatoryBasicConstraints",
    "DisableCANameConstraints",
    "DisableUnsupportedCriticalExtensions",
    "DisableAIAUrlRetrieval",
    "Options",
    "MaxAIAUrlCountInCert",
    "MaxAIAUrlRetrievalCountPerChain",
    "MaxAIAUrlRetrievalByteCount",
    "MaxAIAUrlRetrievalCertCount",
    "ChainUrlRetrievalTimeoutMilliseconds",
)
"""The values of the chain engine that decide about a server's certificate.

Not read are those about caches, logs and fetching ahead, about revocation, which the Availability service
does not check, about MD5, which is in doubt without them, and WeakRsaPubKeyTime, which is about signed
programs [validation 4.6.8].
"""


class StoredMember(Struct, frozen=True):
    """One member of a system store of LocalMachine: the store's name, DER, properties by their number."""

    store: str
    der: bytes
    properties: dict[str, bytes] = {}


class ServerSettings(Struct, frozen=True, kw_only=True):
    """The settings that decide whether this server accepts a partner.

    `read_by`: what read them. `dotnet`: the values under `SOFTWARE\\Microsoft\\.NETFramework\\<version>`,
    of the 64-bit and (`Wow6432Node\\` in front) the 32-bit hive. `schannel`: the Client values of each
    protocol (`TLS 1.2`), `diffie_hellman` those of `KeyExchangeAlgorithms\\Diffie-Hellman`, `renegotiation`
    AllowInsecureRenegoServers of SCHANNEL itself, `messaging` the values of its `Messaging`,
    `fips` the values of `Lsa\\FipsAlgorithmPolicy`,
    `disabled_algorithms` what below its `Ciphers`, `Hashes` and `KeyExchangeAlgorithms` has Enabled 0.
    `cipher_suites` and `curves` in Windows' spelling and order. `availability`: the values of
    [exchange 6.2]. `chain_engine`: CHAIN_ENGINE_VALUES of `CertDLLCreateCertificateChainEngine\\Config`,
    and of group policy's `ChainEngine\\Config` before them. `proxies`: what WinHTTP and Exchange
    (InternetWebProxy) go through, and what goes past it. What a script in the Exchange Management Shell alone
    can fill comes last; `others` has the unknown keys.
    """

    schema: str = SCHEMA
    server: str = ""
    read_by: str = ""
    windows_build: int | None = None
    exchange_version: str | None = None
    dotnet_release: int | None = None
    dotnet: dict[str, dict[str, int]] | None = None
    schannel: dict[str, dict[str, int]] | None = None
    cipher_suites: tuple[str, ...] | None = None
    curves: tuple[str, ...] | None = None
    availability: dict[str, int] | None = None
    chain_engine: dict[str, int] | None = None
    root_auto_update_disabled: bool | None = None
    proxies: dict[str, str] | None = None
    stores: tuple[StoredMember, ...] | None = None
    root_list: bytes | None = None
    disallowed_list: bytes | None = None
    organization_relationships: list[dict[str, Any]] | None = None
    exchange_organization: dict[str, Any] = field(default_factory=dict)
    diffie_hellman: dict[str, int] | None = None
    renegotiation: dict[str, int] | None = None
    messaging: dict[str, int] | None = None
    disabled_algorithms: tuple[str, ...] | None = None
    fips: dict[str, int] | None = None
    others: dict[str, Any] = field(default_factory=dict)


_VALUES = (
    "Enabled",
    "DisabledByDefault",
    "SystemDefaultTlsVersions",
    "SchUseStrongCrypto",
    "AllowExternalUntrustedCerts",
    "AllowInternalUntrustedCerts",
    "ClientMinKeyBitLength",
    "ClientMaxKeyBitLength",
    "AllowInsecureRenegoServers",
    "MessageLimitClient",
)
_NAMED = {name.lower(): name for name in _VALUES}
_DWORD = 0xFFFFFFFF
_LEAST_SIGNED = -(2**31)
_Values = dict[str, int]


def as_named(settings: ServerSettings) -> ServerSettings:
    """The settings with registry values under the names that they are looked for by, and without a sign.

    The registry compares names without regard to case and gives them as somebody wrote them; PowerShell reads
    a DWORD as a number with a sign.
    """
    return msgspec.structs.replace(
        settings,
        schannel=_tables_as_named(settings.schannel, str.upper),
        dotnet=_tables_as_named(settings.dotnet, str),
        availability=_as_named(settings.availability),
        chain_engine=_as_named(settings.chain_engine),
        diffie_hellman=_as_named(settings.diffie_hellman),
        renegotiation=_as_named(settings.renegotiation),
        messaging=_as_named(settings.messaging),
        fips=_as_named(settings.fips),
    )


def _tables_as_named(
    tables: dict[str, _Values] | None, spelled: Callable[[str], str]
) -> dict[str, _Values] | None:
    return tables and {spelled(key): _as_named(values) or {} for key, values in tables.items()}


def _as_named(values: _Values | None) -> _Values | None:
    return values and {
        _NAMED.get(name.lower(), name): value & _DWORD
        for name, value in values.items()
        if _LEAST_SIGNED <= value <= _DWORD  # what needs more than 32 bits is no DWORD
    }


class _SettingLabel(Struct, frozen=True):
    schema: str = ""


def dumps(settings: ServerSettings) -> bytes:
    """The file of these settings: UTF-8 JSON, indented, ending in a newline."""
    document: dict[str, Any] = msgspec.to_builtins(settings)
    document |= document.pop("others")
    return msgspec.json.format(msgspec.json.encode(document), indent=1) + b"\n"


def is_settings(data: bytes) -> bool:
    """Whether `data` is such a file, of whatever version."""
    try:
        return msgspec.json.decode(text_encoding.as_utf8(data), type=_SettingLabel).schema.startswith(_FAMILY)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False


def loads(data: bytes) -> ServerSettings:
    """The settings in a file that `probe caller export` or the script of `probe caller script` wrote.

    Raises:
        DataError: it is none, damaged, or of a later schema.
    """
    data = text_encoding.as_utf8(data)
    try:
        settings = msgspec.json.decode(data, type=ServerSettings)
        everything = msgspec.json.decode(data)  # what has no field is decoded only here
    except (msgspec.DecodeError, ValueError, RecursionError) as damaged:
        raise DataError(
            f"these are no settings of a server ({damaged}): give what probe caller export wrote"
        ) from None
    if settings.schema != SCHEMA:
        raise DataError(f"the settings have schema {settings.schema} and this version reads {SCHEMA}")
    known = ServerSettings.__struct_fields__
    others = {name: value for name, value in everything.items() if name not in known}
    return msgspec.structs.replace(settings, others=others)


def schema() -> dict[str, Any]:
    """The JSON Schema of the file."""
    made = msgspec.json.schema(ServerSettings)
    del made["$defs"]["ServerSettings"]["properties"]["others"]
    return made
