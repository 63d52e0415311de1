"""The settings of the machine itself: values written to its registry are read back.

HKEY_LOCAL_MACHINE is led to a key of the test's own (RegOverridePredefKey), so no machine is changed.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator

import pytest

from probe.errors import UsageError
from probe.facts import server_settings
from probe.judgement.own_server import caller_of
from probe.server import settings_origin, this_server
from probe.server.server_trust import trust_store
from probe.stores.loading import load

Write = Callable[[str, str, object], None]
SCHANNEL = r"SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS {}\Client"
SETUP = r"SOFTWARE\Microsoft\ExchangeServer\v15\Setup"
FRAMEWORK = r"SOFTWARE\Microsoft\.NETFramework\v4.0.30319"
POLICY = r"SOFTWARE\Policies\Microsoft\Cryptography\Configuration\SSL\00010002"
LOCAL = r"SYSTEM\CurrentControlSet\Control\Cryptography\Configuration\Local\SSL\00010002"
OWA = r"SYSTEM\CurrentControlSet\Services\MSExchange OWA"
CHAIN = r"SOFTWARE\Microsoft\Cryptography\OID\EncodingType 0\CertDLLCreateCertificateChainEngine\Config"
CHAIN_POLICY = r"SOFTWARE\Policies\Microsoft\SystemCertificates\ChainEngine\Config"
DIFFIE_HELLMAN = (
    r"SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\KeyExchangeAlgorithms\Diffie-Hellman"
)
SCHANNEL_ITSELF = r"SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL"
FIPS = r"SYSTEM\CurrentControlSet\Control\Lsa\FipsAlgorithmPolicy"
UPDATE = r"SOFTWARE\Policies\Microsoft\SystemCertificates\AuthRoot"
NT = r"SOFTWARE\Microsoft\Windows NT\CurrentVersion"
CONNECTIONS = r"SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings\Connections"


@pytest.mark.posix("a system that is no Windows")
def test_elsewhere_there_is_no_this_server() -> None:
    assert settings_origin.default() is None
    with pytest.raises(UsageError, match="on the Exchange server itself"):
        this_server.read()


WINDOWS = pytest.mark.windows("the registry")

if sys.platform == "win32":
    import ctypes
    import winreg

    @pytest.fixture
    def write() -> Iterator[Write]:
        """Writes a value below an empty HKEY_LOCAL_MACHINE."""
        scratch = f"Software\\probe-test-{os.getpid()}"
        override = ctypes.WinDLL("advapi32").RegOverridePredefKey
        override.argtypes = (ctypes.c_void_p, ctypes.c_void_p)
        machine = winreg.HKEY_LOCAL_MACHINE

        def put(key: str, name: str, value: object) -> None:
            kinds = {
                int: winreg.REG_DWORD,
                float: winreg.REG_QWORD,
                str: winreg.REG_SZ,
                list: winreg.REG_MULTI_SZ,
                bytes: winreg.REG_BINARY,
            }
            with winreg.CreateKey(machine, key) as made:
                stored = int(value) if isinstance(value, float) else value
                winreg.SetValueEx(made, name, 0, kinds[type(value)], stored)

        load(
            ["windows"]
        )  # Wine fills its stores once a process, from the machine and not from the test's key
        with winreg.CreateKey(winreg.HKEY_CURRENT_USER, scratch) as key:
            assert override(machine, key.handle) == 0
            try:
                yield put
            finally:
                assert override(machine, None) == 0
        _delete(winreg.HKEY_CURRENT_USER, scratch)

    def _delete(root: int, path: str) -> None:
        with winreg.OpenKey(root, path, 0, winreg.KEY_ALL_ACCESS) as opened:
            while winreg.QueryInfoKey(opened)[0]:
                _delete(root, f"{path}\\{winreg.EnumKey(opened, 0)}")
        winreg.DeleteKey(root, path)


def _exchange_2016(write: Write) -> None:
    for name, number in (("Major", 15), ("Minor", 1)):
        write(SETUP, f"MsiProduct{name}", number)
    for name, number in (("Major", 2507), ("Minor", 6)):
        write(SETUP, f"MsiBuild{name}", number)
    write(NT, "CurrentBuildNumber", "14393")


@WINDOWS
def test_a_machine_without_exchange(write: Write) -> None:
    assert settings_origin.default() is None
    assert this_server.read().exchange_version is None


@WINDOWS
def test_every_value_is_read_back(write: Write) -> None:
    _exchange_2016(write)
    write(FRAMEWORK, "SystemDefaultTlsVersions", 1)
    write(FRAMEWORK, "InstallRoot", 1)
    # .NET and Windows read DWORDs: a QWORD (a float here) and a text are as if they were not there.
    write(FRAMEWORK, "SchUseStrongCrypto", 1.0)
    write(SCHANNEL.format("1.3"), "Enabled", "0")
    for version in ("1.0", "1.1"):
        write(SCHANNEL.format(version), "Enabled", 0)
    write(LOCAL, "Functions", ["TLS_DHE_RSA_WITH_AES_256_GCM_SHA384"])
    write(LOCAL, "EccCurves", ["curve25519", "NistP256"])
    write(OWA, "AllowExternalUntrustedCerts", 1)
    write(CHAIN, "MinRsaPubKeyBitLength", 2048)
    write(CHAIN, "maxaiaurlretrievalbytecount", 500)
    write(CHAIN, "CryptnetCachedOcspSwitchToCrlCount", 5)
    write(CHAIN_POLICY, "Options", 2)
    write(DIFFIE_HELLMAN, "ClientMinKeyBitLength", 2048)
    write(SCHANNEL_ITSELF, "AllowInsecureRenegoServers", 0)
    write(SCHANNEL_ITSELF, "EventLogging", 1)
    write(f"{SCHANNEL_ITSELF}\\Messaging", "MessageLimitClient", 0x10000)
    write(f"{SCHANNEL_ITSELF}\\Ciphers\\AES 128/128", "Enabled", 0)
    write(f"{SCHANNEL_ITSELF}\\Ciphers\\AES 256/256", "Enabled", 0xFFFFFFFF)
    write(f"{SCHANNEL_ITSELF}\\KeyExchangeAlgorithms\\PKCS", "Enabled", 0)
    write(FIPS, "Enabled", 1)
    write(UPDATE, "DisableRootAutoUpdate", 1)
    proxy = b"proxy.contoso.com:8080"
    write(CONNECTIONS, "WinHttpSettings", bytes(8) + b"\3\0\0\0" + len(proxy).to_bytes(4, "little") + proxy)

    found = this_server.read()

    assert settings_origin.default() == "this-server"
    assert (found.exchange_version, found.windows_build) == ("15.1.2507.6", 14393)
    assert found.dotnet is not None
    assert found.dotnet["v4.0.30319"] == {"SystemDefaultTlsVersions": 1}
    assert found.schannel == {
        "TLS 1.0": {"Enabled": 0},
        "TLS 1.1": {"Enabled": 0},
        "TLS 1.2": {},
        "TLS 1.3": {},
    }
    assert found.cipher_suites == ("TLS_DHE_RSA_WITH_AES_256_GCM_SHA384",)
    assert found.curves == ("curve25519", "NistP256")
    assert found.availability == {"AllowExternalUntrustedCerts": 1}
    assert found.chain_engine == {
        "MinRsaPubKeyBitLength": 2048,
        "MaxAIAUrlRetrievalByteCount": 500,
        "Options": 2,
    }
    assert found.diffie_hellman == {"ClientMinKeyBitLength": 2048}
    assert found.renegotiation == {"AllowInsecureRenegoServers": 0}
    assert found.disabled_algorithms == ("Ciphers\\AES 128/128", "KeyExchangeAlgorithms\\PKCS")
    assert found.messaging == {"MessageLimitClient": 0x10000}
    assert found.fips == {"Enabled": 1}
    assert found.root_auto_update_disabled
    assert found.proxies == {"winhttp": "proxy.contoso.com:8080"}
    caller = caller_of(found)
    assert (caller.protocols, caller.may_offer) == (("TLS 1.2",), ())
    assumed, note = caller.notes
    assert assumed.endswith("not read: InternetWebProxy")
    assert note.startswith("it downloads issuers, lists and roots through WinHTTP's proxy")
    assert (caller.minimum_rsa_bits, caller.least_diffie_hellman_bits, caller.aia) == (2048, 2048, False)
    assert caller.allow_external_untrusted
    assert caller.demands_secure_renegotiation
    assert caller.largest_handshake_message == 0x10000


@WINDOWS
def test_group_policy_comes_before_the_local_order(write: Write) -> None:
    write(LOCAL, "Functions", ["TLS_DHE_RSA_WITH_AES_256_GCM_SHA384"])
    write(POLICY, "Functions", "TLS_RSA_WITH_AES_256_GCM_SHA384,TLS_RSA_WITH_AES_128_GCM_SHA256")
    assert this_server.read().cipher_suites == (
        "TLS_RSA_WITH_AES_256_GCM_SHA384",
        "TLS_RSA_WITH_AES_128_GCM_SHA256",
    )


@WINDOWS
def test_the_stores_read_back_are_the_live_ones() -> None:
    found = server_settings.loads(server_settings.dumps(this_server.read()))
    store = trust_store(found)
    assert store is not None
    assert store.roots
    assert store.sha256 == load(["windows"]).sha256
