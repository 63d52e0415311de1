"""Windows' access list of what is the account's own: the account, SYSTEM and Administrators, and nobody else.

A file or folder has it from its first moment, so that nobody can open it before; it takes none of the
rights of its folder, and what is made in such a folder inherits it. A volume without access lists (FAT)
keeps none, and Windows reports nothing then. One that exists already is left as somebody set it up.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

if sys.platform == "win32":
    import ctypes
    from ctypes import byref, c_void_p, c_wchar_p, sizeof, wintypes

    # winnt.h, sddl.h
    _TOKEN_QUERY = 0x0008
    _TOKEN_USER = 1
    _SDDL_REVISION_1 = 1
    _GENERIC_WRITE = 0x40000000
    _SHARE_ALL = 0x7
    _CREATE_NEW = 1
    _ACCESS_LIST_ONLY = 4  # DACL_SECURITY_INFORMATION
    _OWNER_ONLY = 1  # OWNER_SECURITY_INFORMATION
    _ERROR_ALREADY_EXISTS = 183
    _INVALID_HANDLE = c_void_p(-1).value

    class _SecurityAttributes(ctypes.Structure):
        _fields_ = (
            ("nLength", wintypes.DWORD),
            ("lpSecurityDescriptor", c_void_p),
            ("bInheritHandle", wintypes.BOOL),
        )

    _advapi32 = ctypes.WinDLL("advapi32", use_last_error=True)
    _kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
    _kernel32.GetCurrentProcess.restype = c_void_p
    _kernel32.CloseHandle.argtypes = (c_void_p,)
    _kernel32.LocalFree.argtypes = (c_void_p,)
    _kernel32.CreateFileW.restype = c_void_p
    _kernel32.CreateFileW.argtypes = (
        *(c_wchar_p, wintypes.DWORD, wintypes.DWORD, c_void_p),
        *(wintypes.DWORD, wintypes.DWORD, c_void_p),
    )
    _kernel32.CreateDirectoryW.argtypes = (c_wchar_p, c_void_p)
    _advapi32.OpenProcessToken.argtypes = (c_void_p, wintypes.DWORD, c_void_p)
    _advapi32.GetTokenInformation.argtypes = (c_void_p, ctypes.c_int, c_void_p, wintypes.DWORD, c_void_p)
    _advapi32.ConvertSidToStringSidW.argtypes = (c_void_p, c_void_p)
    _advapi32.GetFileSecurityW.argtypes = (c_wchar_p, wintypes.DWORD, c_void_p, wintypes.DWORD, c_void_p)
    _advapi32.ConvertSecurityDescriptorToStringSecurityDescriptorW.argtypes = (
        *(c_void_p, wintypes.DWORD, wintypes.DWORD, c_void_p, c_void_p),
    )
    _advapi32.LookupAccountNameW.argtypes = (
        *(c_wchar_p, c_wchar_p, c_void_p, c_void_p, c_void_p, c_void_p, c_void_p),
    )
    _advapi32.ConvertStringSecurityDescriptorToSecurityDescriptorW.argtypes = (
        *(c_wchar_p, wintypes.DWORD, c_void_p, c_void_p),
    )

    def create_file(path: str | os.PathLike[str]) -> None:
        """Make the file, empty.

        Raises:
            FileExistsError: it is there.
            OSError: it cannot be made.
        """

        def create(attributes: object) -> bool:
            handle = _kernel32.CreateFileW(
                *(os.fspath(path), _GENERIC_WRITE, _SHARE_ALL, attributes, _CREATE_NEW, 0, None)
            )
            return handle != _INVALID_HANDLE and bool(_kernel32.CloseHandle(handle))

        _create(path, create)

    def create_folder(path: str | os.PathLike[str]) -> None:
        """Make the folder; its parents are there.

        Raises:
            FileExistsError: it is there.
            OSError: it cannot be made.
        """
        _create(path, lambda attributes: bool(_kernel32.CreateDirectoryW(os.fspath(path), attributes)))

    def read(path: str | os.PathLike[str]) -> str:
        """The access list of a file or folder in SDDL; "" where the volume keeps none, or it is not shown."""
        return _described(path, _ACCESS_LIST_ONLY)

    def owner(path: str | os.PathLike[str]) -> str:
        """Who owns a file or folder: an identifier, or SDDL's letters for it; "" where nobody says."""
        return _described(path, _OWNER_ONLY).removeprefix("O:")

    def _described(path: str | os.PathLike[str], part: int) -> str:
        size, text = wintypes.DWORD(0), c_wchar_p()
        _advapi32.GetFileSecurityW(os.fspath(path), part, None, 0, byref(size))
        found = ctypes.create_string_buffer(size.value)
        if not size.value or not _advapi32.GetFileSecurityW(
            *(os.fspath(path), part, found, size, byref(size))
        ):
            return ""
        convert = _advapi32.ConvertSecurityDescriptorToStringSecurityDescriptorW
        _demand(convert(found, _SDDL_REVISION_1, part, byref(text), None), path)
        return _taken(text)

    def account() -> str:
        """The identifier (S-1-...) of the account that this process runs as."""
        return _account()

    def identifier_of(name: str) -> str | None:
        """The identifier of an account by its name (`CONTOSO\\probe`); None: there is none."""
        size, domain, use, text = wintypes.DWORD(0), wintypes.DWORD(0), wintypes.DWORD(0), c_wchar_p()
        _advapi32.LookupAccountNameW(None, name, None, byref(size), None, byref(domain), byref(use))
        found = ctypes.create_string_buffer(size.value)
        where = ctypes.create_unicode_buffer(domain.value)
        if not size.value or not _advapi32.LookupAccountNameW(
            *(None, name, found, byref(size), where, byref(domain), byref(use))
        ):
            return None
        _demand(_advapi32.ConvertSidToStringSidW(found, byref(text)))
        return _taken(text)

    def descriptor() -> str:
        """The access list in SDDL: protected from the folder's, and inherited by what a folder will hold."""
        return "D:P" + "".join(f"(A;OICI;FA;;;{who})" for who in dict.fromkeys(("SY", "BA", _account())))

    def _create(path: str | os.PathLike[str], create: Callable[[object], bool]) -> None:
        made = c_void_p()
        convert = _advapi32.ConvertStringSecurityDescriptorToSecurityDescriptorW
        _demand(convert(descriptor(), _SDDL_REVISION_1, byref(made), None))
        try:
            attributes = _SecurityAttributes(sizeof(_SecurityAttributes), made, 0)
            _demand(create(byref(attributes)), path)
        finally:
            _kernel32.LocalFree(made)

    def _account() -> str:
        """The identifier (S-1-...) of the account that this process runs as."""
        token, size, text = c_void_p(), wintypes.DWORD(0), c_wchar_p()
        _demand(_advapi32.OpenProcessToken(_kernel32.GetCurrentProcess(), _TOKEN_QUERY, byref(token)))
        try:
            _advapi32.GetTokenInformation(token, _TOKEN_USER, None, 0, byref(size))
            user = ctypes.create_string_buffer(size.value)
            _demand(_advapi32.GetTokenInformation(token, _TOKEN_USER, user, size, byref(size)))
            # TOKEN_USER begins with the pointer to the identifier.
            _demand(_advapi32.ConvertSidToStringSidW(c_void_p.from_buffer(user), byref(text)))
            return _taken(text)
        finally:
            _kernel32.CloseHandle(token)

    def _taken(text: c_wchar_p) -> str:
        """A string that Windows has made, whose memory is given back."""
        try:
            return str(text.value)
        finally:
            _kernel32.LocalFree(ctypes.cast(text, c_void_p))

    def _demand(succeeded: object, path: str | os.PathLike[str] | None = None) -> None:
        if not succeeded:
            code = ctypes.get_last_error()
            raise OSError(None, ctypes.FormatError(code).strip(), path and os.fspath(path), code)
