"""The calls into crypt32.dll and the registry that read the live stores of Windows, and nothing else.

What they return is judged nowhere in here: probe.stores.windows makes layers of it. Everything is opened
read-only. Names and numbers are those of wincrypt.h.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass

from probe.errors import TrustStoreError


@dataclass(frozen=True, slots=True)
class StoredCertificate:
    """One member of a system store: the store's name, the certificate, properties by number, whose store.

    `machine` is LocalMachine's. A store of CurrentUser shows the machine's members besides its own.
    """

    store: str
    der: bytes
    properties: dict[int, bytes]
    machine: bool = True


@dataclass(frozen=True, slots=True)
class Registry:
    """What automatic root update keeps in the registry: its two lists, as stored, and its policy."""

    root_list: bytes | None = None
    disallowed_list: bytes | None = None
    root_auto_update_disabled: bool = False


def certificates(stores: tuple[str, ...], wanted: tuple[int, ...]) -> Iterator[StoredCertificate]:
    """Members of these system stores, of LocalMachine and then of CurrentUser, with the wanted properties.

    A logical store includes its physical ones (AuthRoot, group policy, enterprise), so members repeat.

    Raises:
        TrustStoreError: this is not Windows, or a store cannot be opened.
    """
    if sys.platform != "win32":
        raise TrustStoreError("the Windows stores can only be read on Windows: give a file exported there")
    else:
        yield from _certificates(stores, wanted)


def registry() -> Registry:
    """The lists that automatic root update last downloaded; empty where the registry has none."""
    if sys.platform != "win32":
        return Registry()
    else:
        return _registry()


if sys.platform == "win32":
    import ctypes
    import winreg
    from ctypes import POINTER, byref, c_char, c_void_p, c_wchar_p, create_string_buffer, wintypes

    _CERT_STORE_PROV_SYSTEM_W = 10
    _CERT_SYSTEM_STORE_LOCAL_MACHINE = 2 << 16
    _CERT_SYSTEM_STORE_CURRENT_USER = 1 << 16
    _CERT_STORE_OPEN_EXISTING_FLAG = 0x4000
    _CERT_STORE_READONLY_FLAG = 0x8000
    _ERROR_FILE_NOT_FOUND = 2
    _AUTO_UPDATE = r"SOFTWARE\Microsoft\SystemCertificates\AuthRoot\AutoUpdate"
    _POLICY = r"SOFTWARE\Policies\Microsoft\SystemCertificates\AuthRoot"

    class _CertContext(ctypes.Structure):
        _fields_ = (
            ("dwCertEncodingType", wintypes.DWORD),
            ("pbCertEncoded", POINTER(c_char)),
            ("cbCertEncoded", wintypes.DWORD),
            ("pCertInfo", c_void_p),
            ("hCertStore", c_void_p),
        )

    _crypt32 = ctypes.WinDLL("crypt32", use_last_error=True)
    _crypt32.CertOpenStore.argtypes = (c_void_p, wintypes.DWORD, c_void_p, wintypes.DWORD, c_wchar_p)
    _crypt32.CertOpenStore.restype = c_void_p
    _crypt32.CertCloseStore.argtypes = (c_void_p, wintypes.DWORD)
    _crypt32.CertCloseStore.restype = wintypes.BOOL
    _crypt32.CertEnumCertificatesInStore.argtypes = (c_void_p, POINTER(_CertContext))
    _crypt32.CertEnumCertificatesInStore.restype = POINTER(_CertContext)
    _crypt32.CertFreeCertificateContext.argtypes = (POINTER(_CertContext),)
    _crypt32.CertFreeCertificateContext.restype = wintypes.BOOL
    _crypt32.CertGetCertificateContextProperty.argtypes = (
        POINTER(_CertContext),
        wintypes.DWORD,
        c_void_p,
        POINTER(wintypes.DWORD),
    )
    _crypt32.CertGetCertificateContextProperty.restype = wintypes.BOOL

    def _certificates(stores: tuple[str, ...], wanted: tuple[int, ...]) -> Iterator[StoredCertificate]:
        for machine in (True, False):
            for store in stores:
                yield from _members(store, wanted, machine=machine)

    def _members(store: str, wanted: tuple[int, ...], *, machine: bool) -> Iterator[StoredCertificate]:
        location = _CERT_SYSTEM_STORE_LOCAL_MACHINE if machine else _CERT_SYSTEM_STORE_CURRENT_USER
        flags = location | _CERT_STORE_READONLY_FLAG | _CERT_STORE_OPEN_EXISTING_FLAG
        handle = _crypt32.CertOpenStore(_CERT_STORE_PROV_SYSTEM_W, 0, None, flags, store)
        if not handle:
            code = ctypes.get_last_error()
            if code == _ERROR_FILE_NOT_FOUND:
                return  # a store that was never written to does not exist
            raise TrustStoreError(f"the Windows store {store} cannot be opened: {ctypes.FormatError(code)}")
        context = None
        try:
            # Each call releases the context before; the last one returns NULL.
            while context := _crypt32.CertEnumCertificatesInStore(handle, context):
                fields = context.contents
                der = ctypes.string_at(fields.pbCertEncoded, fields.cbCertEncoded)
                yield StoredCertificate(store, der, _properties(context, wanted), machine)
        finally:
            if context:
                _crypt32.CertFreeCertificateContext(context)
            _crypt32.CertCloseStore(handle, 0)

    def _properties(context: object, wanted: tuple[int, ...]) -> dict[int, bytes]:
        found: dict[int, bytes] = {}
        for number in wanted:
            size = wintypes.DWORD(0)
            if not _crypt32.CertGetCertificateContextProperty(context, number, None, byref(size)):
                continue
            buffer = create_string_buffer(max(size.value, 1))
            if _crypt32.CertGetCertificateContextProperty(context, number, buffer, byref(size)):
                found[number] = buffer.raw[: size.value]
        return found

    def _registry() -> Registry:
        root_list = _registry_value(_AUTO_UPDATE, "EncodedCtl")
        disallowed_list = _registry_value(_AUTO_UPDATE, "DisallowedCertEncodedCtl")
        return Registry(
            root_list=root_list if isinstance(root_list, bytes) else None,
            disallowed_list=disallowed_list if isinstance(disallowed_list, bytes) else None,
            root_auto_update_disabled=_registry_value(_POLICY, "DisableRootAutoUpdate") == 1,
        )

    def _registry_value(key: str, name: str) -> object:
        try:
            with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, key) as opened:
                return winreg.QueryValueEx(opened, name)[0]
        except OSError:
            return None
