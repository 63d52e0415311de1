"""Keeps people and secrets out of what is printed: mailboxes, SIDs, tokens, passwords, cookies.

The domain of an address stays, because the next command needs it. Every pattern starts only where a token
starts and is possessive, so arbitrary text takes linear time. It errs on the side of taking too much.
"""

from __future__ import annotations

import re

HIDDEN = "[redacted]"

_ADDRESS = re.compile(
    r"(?<![\w.!#$%'*+^`{|}~-])[\w.!#$%'*+^`{|}~-]++@(?=[\w-])",
)
_ENCODED_ADDRESS = re.compile(r"(?<![\w.+-])[\w.+-]++%40(?=[\w-])", re.IGNORECASE)
_QUOTED_ADDRESS = re.compile(r'"[^"\n@]{1,200}"@(?=[\w-])')
_DISPLAY_NAME = re.compile(r"<[^<>\n]{1,256}>(?=(?:SMTP|EX|X500):)", re.IGNORECASE)
_SID = re.compile(r"(?<!\w)S-1-\d{1,3}(?:-\d{1,10}){3,15}")
_LEGACY_NAME = re.compile(r"(/cn=)[^/\s,;]{1,256}", re.IGNORECASE)
_SECRET_HEADER = re.compile(
    r"\b((?:proxy-)?authorization|(?:set-)?cookie|x-ms-?token|x-backendcookie|x-canary)(\s{0,4}[:=]\s{0,4})[^\n]++",
    re.IGNORECASE,
)
_SECRET_VALUE = re.compile(
    r"\b(pass(?:word|wd|phrase)|pwd|secret|client_secret|client_assertion|(?:access_|refresh_|id_)?token|api[_-]?key)"
    r"(\s{0,4}[=:]\s{0,4})(?:\"[^\"\n]{1,4000}\"|'[^'\n]{1,4000}'|[^\s;&,\"'<>]++)",
    re.IGNORECASE,
)
_BEARER = re.compile(r"\b(Bearer|Basic|Negotiate|NTLM)( {1,4})[A-Za-z0-9._~+/-]{16,}+=*", re.IGNORECASE)
_WEB_TOKEN = re.compile(r"\beyJ[\w-]{6,}+(?:\.[\w-]*+){0,4}")
_USER_INFORMATION = re.compile(r"(?<=://)[^\s/@?#]++@")
_XML_SECRET = re.compile(
    r"(<(?:\w{1,20}:)?(?:CipherValue|BinarySecurityToken|SignatureValue|Password|Nonce|X509Certificate)\b[^<>]{0,400}>)[^<]++",
    re.IGNORECASE,
)
_BLOB = re.compile(r"(?<![A-Za-z0-9+/=_-])(?=[^\s]{0,63}[0-9+/=])[A-Za-z0-9+/_-]{64,}+=*")
_ACCOUNT = re.compile(r"(?<![\w\\:.-])[A-Za-z][\w.-]{0,63}\\[\w.$-]++(?![\\\w])")


def redact(text: str) -> str:
    """`text` with local parts of addresses, display names of mailboxes, account names, SIDs and anything
    that looks like a credential replaced. Domains, hosts, URLs and messages stay."""
    text = _SECRET_HEADER.sub(rf"\1\2{HIDDEN}", text)
    text = _XML_SECRET.sub(rf"\1{HIDDEN}", text)
    text = _USER_INFORMATION.sub("", text)
    text = _BEARER.sub(rf"\1\2{HIDDEN}", text)
    text = _WEB_TOKEN.sub(HIDDEN, text)
    text = _SECRET_VALUE.sub(rf"\1\2{HIDDEN}", text)
    text = _DISPLAY_NAME.sub(f"<{HIDDEN}>", text)
    text = _QUOTED_ADDRESS.sub(f"{HIDDEN}@", text)
    text = _ADDRESS.sub(f"{HIDDEN}@", text)
    text = _ENCODED_ADDRESS.sub(f"{HIDDEN}%40", text)
    text = _LEGACY_NAME.sub(rf"\1{HIDDEN}", text)
    text = _SID.sub(f"S-1-{HIDDEN}", text)
    text = _ACCOUNT.sub(HIDDEN, text)
    return _BLOB.sub(HIDDEN, text)
