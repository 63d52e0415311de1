"""The roots that OpenSSL, and with it most programs of this system, would use.

Where OpenSSL looks by default (SSL_CERT_FILE and SSL_CERT_DIR honoured), else the bundle that the
distribution keeps. A hashed folder is read as OpenSSL reads it: a file that holds no certificate is passed
over. On Windows these are the live stores. On macOS this is OpenSSL's own bundle, not the keychain, which
OpenSSL does not look at either: export the keychain with `security export -t certs -f pemseq` and give the
file.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from probe.errors import InputMissingError, TrustStoreError
from probe.stores import contents, store_files, windows
from probe.stores.contents import Contents, Layer, Role

# Bundles by system, as Go's crypto/x509 (root_linux.go, root_bsd.go) lists them.
_BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",  # Debian, Ubuntu, Arch, Gentoo
    "/etc/pki/tls/certs/ca-bundle.crt",  # Fedora, RHEL
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",  # RHEL 7 up
    "/etc/ssl/ca-bundle.pem",  # SUSE
    "/etc/ssl/cert.pem",  # Alpine, macOS, FreeBSD, OpenBSD
    "/usr/local/share/certs/ca-root-nss.crt",  # FreeBSD ports
    "/etc/openssl/certs/ca-certificates.crt",  # NetBSD
)


def read(role: Role) -> list[Layer]:
    """The certificates of the system's own store, in this role.

    Raises:
        TrustStoreError: none is found, or its file is damaged.
    """
    if sys.platform == "win32":
        return windows.read(role)
    else:
        import ssl  # takes 10 ms, and names of stores lead here rarely

        paths = ssl.get_default_verify_paths()
        return [Layer(role, read_from(paths.cafile, paths.capath, _BUNDLES))]


def read_from(bundle: str | None, folder: str | None, others: Iterable[str]) -> Contents:
    """Contents of OpenSSL's bundle and folder together; of the first other bundle when both hold nothing.

    Raises:
        TrustStoreError: nothing holds a certificate, or a bundle is damaged.
    """
    parts = [store_files.read_file(bundle)] if bundle else []
    if folder:
        parts.append(_hashed_folder(Path(folder)))
    found = contents.merged(parts)
    if not found.empty:
        return found
    for other in others:
        try:
            return store_files.read_file(other)
        except InputMissingError:
            continue
    raise TrustStoreError(
        "this system has no bundle of roots: install its ca-certificates package, or use --trust certifi"
    )


def _hashed_folder(folder: Path) -> Contents:
    parts = []
    try:
        entries = store_files.scanned(folder)
    except OSError:
        return Contents()
    for entry in entries:
        try:
            parts.append(store_files.read_file(entry.path))
        except (InputMissingError, TrustStoreError):
            continue  # OpenSSL does the same: X509_LOOKUP_hash_dir ignores what it cannot read
    return contents.merged(parts)
