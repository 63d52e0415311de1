"""The settings of the Exchange server that probe runs on: registry, cipher suites, curves, stores.

Everything is read as any user may read it, and nothing is judged: values go into `ServerSettings` as they
are. Elsewhere than on Windows there is nothing to read.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from probe.errors import UsageError
from probe.facts.server_settings import CHAIN_ENGINE_VALUES, ServerSettings, StoredMember
from probe.version import __version__

_STORES = ("Root", "AuthRoot", "CA", "Disallowed")
_PROTOCOLS = ("TLS 1.0", "TLS 1.1", "TLS 1.2", "TLS 1.3")
_CLR = ("v2.0.50727", "v4.0.30319")


def is_exchange() -> bool:
    """Whether Exchange is installed on this machine."""
    if sys.platform == "win32":
        return _exchange_version() is not None
    else:
        return False


def read() -> ServerSettings:
    """This server's settings.

    Raises:
        UsageError: this is not Windows.
        TrustStoreError: a store cannot be opened.
    """
    if sys.platform == "win32":
        return _read()
    else:
        raise UsageError("this-server is read on the Exchange server itself: give the file that it exported")


if sys.platform == "win32":
    import ctypes
    import platform
    import winreg
    from ctypes import POINTER, byref, c_void_p, c_wchar_p, cast, wintypes

    from probe.stores import properties, windows_api

    _ACCESS = winreg.KEY_READ | winreg.KEY_WOW64_64KEY
    _POLICY = "SOFTWARE\\Policies\\Microsoft\\Cryptography\\Configuration\\SSL\\00010002"
    _LOCAL = "SYSTEM\\CurrentControlSet\\Control\\Cryptography\\Configuration\\Local\\SSL\\00010002"
    _SCHANNEL = "SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Protocols\\{}\\Client"
    _CHAIN_ENGINE = (
        "SOFTWARE\\Microsoft\\Cryptography\\OID\\EncodingType 0\\CertDLLCreateCertificateChainEngine\\Config"
    )
    _CHAIN_POLICY = "SOFTWARE\\Policies\\Microsoft\\SystemCertificates\\ChainEngine\\Config"
    _SCHANNEL_KEY = "SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL"
    _STRICT_MODE = "allowinsecurerenegoservers"
    _DIFFIE_HELLMAN = f"{_SCHANNEL_KEY}\\KeyExchangeAlgorithms\\Diffie-Hellman"
    _FIPS = "SYSTEM\\CurrentControlSet\\Control\\Lsa\\FipsAlgorithmPolicy"
    _AVAILABILITY = "SYSTEM\\CurrentControlSet\\Services\\MSExchange OWA"
    _SETUP = "SOFTWARE\\Microsoft\\ExchangeServer\\{}\\Setup"
    _FRAMEWORK = "SOFTWARE\\{}Microsoft\\.NETFramework\\{}"
    _RELEASE = "SOFTWARE\\Microsoft\\NET Framework Setup\\NDP\\v4\\Full"
    _WINDOWS = "SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion"
    _CONNECTIONS = "SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Internet Settings\\Connections"
    # bcrypt.h
    _CRYPT_LOCAL = 1
    _NCRYPT_SCHANNEL_INTERFACE = 0x00010002

    def _read() -> ServerSettings:
        registry = windows_api.registry()
        return ServerSettings(
            server=platform.node(),
            read_by=f"probe {__version__}",
            windows_build=_windows_build(),
            exchange_version=_exchange_version(),
            dotnet_release=_number(_values(_RELEASE).get("Release")),
            dotnet=_dotnet(),
            schannel={name: _numbers(_SCHANNEL.format(name)) for name in _PROTOCOLS},
            cipher_suites=_ordered("Functions"),
            curves=_ordered("EccCurves"),
            availability=_numbers(_AVAILABILITY),
            chain_engine=_engine_values(_CHAIN_ENGINE) | _engine_values(_CHAIN_POLICY),
            root_auto_update_disabled=registry.root_auto_update_disabled,
            proxies=_proxies(),
            stores=tuple(
                StoredMember(member.store, member.der, {str(n): v for n, v in member.properties.items()})
                for member in windows_api.certificates(_STORES, properties.READ)
                if member.machine
            ),
            root_list=registry.root_list,
            disallowed_list=registry.disallowed_list,
            diffie_hellman=_numbers(_DIFFIE_HELLMAN),
            disabled_algorithms=tuple(_disabled_algorithms()),
            messaging=_numbers(f"{_SCHANNEL_KEY}\\Messaging"),
            fips=_numbers(_FIPS),
            renegotiation={n: v for n, v in _numbers(_SCHANNEL_KEY).items() if n.lower() == _STRICT_MODE},
        )

    def _disabled_algorithms() -> Iterator[str]:
        for kind in ("Ciphers", "Hashes", "KeyExchangeAlgorithms"):
            for name in _names(f"{_SCHANNEL_KEY}\\{kind}"):
                values = _numbers(f"{_SCHANNEL_KEY}\\{kind}\\{name}")
                if any(value == 0 for own, value in values.items() if own.lower() == "enabled"):
                    yield f"{kind}\\{name}"

    def _windows_build() -> int | None:
        found = _values(_WINDOWS).get("CurrentBuildNumber")
        return int(found) if isinstance(found, str) and found.isdecimal() else sys.getwindowsversion().build

    def _exchange_version() -> str | None:
        for folder in ("v15", "v14"):
            values = _values(_SETUP.format(folder))
            names = ("MsiProductMajor", "MsiProductMinor", "MsiBuildMajor", "MsiBuildMinor")
            if all(isinstance(values.get(name), int) for name in names):
                return ".".join(str(values[name]) for name in names)
        return None

    def _dotnet() -> dict[str, dict[str, int]]:
        return {
            f"{hive}{version}": {
                name: value
                for name, value in _numbers(_FRAMEWORK.format(hive, version)).items()
                if name.lower() in ("schusestrongcrypto", "systemdefaulttlsversions")
            }
            for version in _CLR
            for hive in ("", "Wow6432Node\\")
        }

    def _ordered(value: str) -> tuple[str, ...] | None:
        """Cipher suites or curves: those of group policy, else the local ones, else what bcrypt has."""
        policy = _values(_POLICY).get(value)
        if isinstance(policy, str) and policy.strip():
            return tuple(name.strip() for name in policy.split(",") if name.strip())
        for found in (policy, _values(_LOCAL).get(value)):
            if isinstance(found, list) and found:
                return tuple(str(name) for name in found)
        return (_functions() or None) if value == "Functions" else None

    class _Functions(ctypes.Structure):
        _fields_ = (("cFunctions", wintypes.ULONG), ("rgpszFunctions", POINTER(c_wchar_p)))

    def _functions() -> tuple[str, ...]:
        """BCryptEnumContextFunctions of the SSL context: the suites in force, in order; () if it fails."""
        bcrypt = ctypes.WinDLL("bcrypt")
        bcrypt.BCryptFreeBuffer.argtypes = (c_void_p,)
        size, buffer = wintypes.ULONG(0), c_void_p(None)
        if bcrypt.BCryptEnumContextFunctions(
            _CRYPT_LOCAL, c_wchar_p("SSL"), _NCRYPT_SCHANNEL_INTERFACE, byref(size), byref(buffer)
        ):
            return ()
        try:
            found = cast(buffer, POINTER(_Functions)).contents
            return tuple(str(found.rgpszFunctions[n]) for n in range(found.cFunctions))
        finally:
            bcrypt.BCryptFreeBuffer(buffer)

    def _proxies() -> dict[str, str]:
        """WinHTTP's proxy as `netsh winhttp set proxy` stores it: flags, then server and exceptions."""
        blob = _values(_CONNECTIONS).get("WinHttpSettings")
        if not isinstance(blob, bytes) or len(blob) < 16 or not blob[8] & 2:
            return {}
        length = int.from_bytes(blob[12:16], "little")
        return {"winhttp": blob[16 : 16 + length].decode("ascii", "replace")}

    def _names(key: str) -> tuple[str, ...]:
        """The keys right below one of HKEY_LOCAL_MACHINE; () where there is none."""
        try:
            with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, key, 0, _ACCESS) as opened:
                return tuple(winreg.EnumKey(opened, n) for n in range(winreg.QueryInfoKey(opened)[0]))
        except OSError:
            return ()

    def _numbers(key: str) -> dict[str, int]:
        """The DWORDs of a key: .NET (NetRegistryConfiguration.ReadConfig) and Windows take no other type."""
        typed = _typed_values(key)
        return {
            name: value
            for name, (value, kind) in typed.items()
            if kind == winreg.REG_DWORD and isinstance(value, int)
        }

    def _engine_values(key: str) -> dict[str, int]:
        """Under their own names, in whatever case the registry has them."""
        names = {name.lower(): name for name in CHAIN_ENGINE_VALUES}
        return {names[n.lower()]: value for n, value in _numbers(key).items() if n.lower() in names}

    def _number(value: object) -> int | None:
        return value if isinstance(value, int) else None

    def _values(key: str) -> dict[str, object]:
        return {name: value for name, (value, _) in _typed_values(key).items()}

    def _typed_values(key: str) -> dict[str, tuple[object, int]]:
        """All values of a key of HKEY_LOCAL_MACHINE with their types, in the 64-bit view; {}: none there."""
        found: dict[str, tuple[object, int]] = {}
        try:
            with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, key, 0, _ACCESS) as opened:
                for number in range(winreg.QueryInfoKey(opened)[1]):
                    name, value, kind = winreg.EnumValue(opened, number)
                    found[name] = value, kind
        except OSError:
            return found
        return found
