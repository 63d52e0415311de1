"""Messages of exceptions that have few of them, in any language: of SOAP headers, content types, TLS streams.

Each type here has two or three messages that a lookup can meet, which the type of the exception, a quoted
content type, or one word of the matter tell apart [exchange 10.12].
"""

from __future__ import annotations

import re

from probe.explain.languages.web_exception_words import is_english

VERIFYING = "An error occurred when verifying security for the message"
TOKENS = "An error occurred when processing the security tokens in the message"
CONTENT_TYPE = "Client found response content type of another kind, but expected"
NOT_XML = "Response is not well-formed XML"
STREAM_CLOSED = "Authentication failed because the remote party has closed the transport stream"
END_OF_STREAM = "Received an unexpected EOF or 0 bytes from the transport stream"
PACKET = "The handshake failed due to an unexpected packet format"

_SECURITY = re.compile(
    r"sicherheit|sécurité|seguridad|segurança|sicurezza|protezione|beveiliging|zabezpiecz|zabezpeč|säkerhet|sikkerhed"
    r"|sikkerhet|suojau|biztonság|безопасност|セキュリティ|安全|보안|güvenli",
    re.IGNORECASE,
)
_TOKEN = re.compile(
    r"token|jeton|маркер|トークン|令牌|權杖|토큰|símbolo|belirteç|jogkivonat|suojaustunnus", re.IGNORECASE
)
_CONTENT_TYPES = re.compile(
    r"['\"«„“「][\w.+-]{1,60}/[\w.+-]{1,60}[^'\"]{0,80}['\"»”」][\s\S]{1,200}['\"«„“「]text/xml"
)
_TRANSPORT = re.compile(
    r"transport|trasporto|транспорт|トランスポート|传输|傳輸|전송|taşıma|přenos|átvitel|secuencia",
    re.IGNORECASE,
)
_AUTHENTICATION = re.compile(
    r"authentifi|autent|подлинност|認証|身份验证|驗證|인증|uwierzyteln|ověř|verificatie|kimlik|hitelesít",
    re.IGNORECASE,
)
_PACKET = re.compile(
    r"paket|paquet|pacchett|pacote|pakket|pakiet|пакет|パケット|数据包|封包|패킷|csomag", re.IGNORECASE
)
_END = re.compile(r"(?<![A-Za-z])EOF(?![A-Za-z])")


def english_of(kind: str, message: str, inner: str) -> str | None:
    """The English message of an exception of type `kind`, without its namespace, around one of type `inner`.

    None where its words say nothing that is sure, and where it is English.
    """
    words = message[:600]
    if kind == "InvalidOperationException":
        if inner == "XmlException":
            return NOT_XML
        return CONTENT_TYPE if _CONTENT_TYPES.search(words) else None
    if not words or is_english(words):
        return None
    if kind == "SoapHeaderException" and _SECURITY.search(words):
        return TOKENS if _TOKEN.search(words) else VERIFYING
    return _of_stream(words) if kind == "IOException" else None


def _of_stream(words: str) -> str | None:
    if _END.search(words):
        return END_OF_STREAM
    if _PACKET.search(words):
        return PACKET
    return STREAM_CLOSED if _TRANSPORT.search(words) and _AUTHENTICATION.search(words) else None
