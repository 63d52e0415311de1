"""A SOAP answer read from bytes that a stranger sent: envelope, fault, version; nothing is concluded.

Only what decides is kept, and `xml_events` bounds what is read; a document type declaration is refused, as
.NET's reader of SOAP answers refuses it. The rules
for what a fault holds are those of referencesource `SoapClientProtocol.cs` ReadSoapException.
"""

from __future__ import annotations

from functools import lru_cache

from msgspec import Struct, field

from probe.facts import xml_events
from probe.facts.xml_events import Name

SOAP_11 = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP_12 = "http://www.w3.org/2003/05/soap-envelope"
_SOAP = frozenset({SOAP_11, SOAP_12, ""})

MAXIMUM_DEPTH = 100
MAXIMUM_TEXT = 4_096

# Where the parts of a fault stand below Fault, in SOAP 1.1 and 1.2.
_CODE = (("faultcode",), ("Code", "Value"))
_SUBCODE = (("Code", "Subcode", "Value"),)
_TEXT = (("faultstring",), ("Reason", "Text"))
_DETAIL = (("detail",), ("Detail",))


class SoapFault(Struct, frozen=True):
    """A fault: `code` and `subcode` are local names (`InvalidSecurity`), `text` faultstring or Reason."""

    code: str = ""
    subcode: str = ""
    text: str = ""
    has_detail: bool = False
    soap12: bool = False

    @property
    def codes(self) -> tuple[str, ...]:
        """Code and subcode, without those that are absent."""
        return tuple(code for code in (self.code, self.subcode) if code)


class SoapDocument(Struct, frozen=True):
    """A well-formed document: its root, whether it has a Body, what that holds, and the fault, if any."""

    root: str
    namespace: str
    has_body: bool = False
    content: str = ""
    fault: SoapFault | None = None
    content_namespace: str = ""

    @property
    def is_envelope(self) -> bool:
        """Whether .NET's SOAP client takes it: Envelope of SOAP 1.1, 1.2 or no namespace, with a Body."""
        return self.root == "Envelope" and self.namespace in _SOAP and self.has_body


class _SoapReader(Struct):
    path: list[Name] = field(default_factory=list)
    root: Name | None = None
    has_body: bool = False
    content: str = ""
    content_namespace: str = ""
    in_fault: bool = False
    has_detail: bool = False
    values: dict[tuple[str, ...], str] = field(default_factory=dict)

    def start(self, name: Name, attributes: dict[Name, str]) -> None:
        del attributes
        namespace, local = name
        self.path.append(name)
        depth = len(self.path)
        if depth == 1:
            self.root = name
        elif depth == 2 and local == "Body":
            self.has_body = True
        elif depth == 3 and self.path[1][1] == "Body" and not self.content:
            self.content, self.content_namespace = local, namespace
            self.in_fault = local == "Fault" and namespace in _SOAP
        elif self._inside() in _DETAIL:
            self.has_detail = True
        elif self._inside() in _TEXT:
            self.values[self._inside()] = ""  # the last Text of a Reason wins, as in ReadSoapException

    def end(self) -> None:
        if len(self.path) == 3:
            self.in_fault = False
        self.path.pop()

    def text(self, data: str) -> None:
        inside = self._inside()
        if inside in _CODE or inside in _SUBCODE or inside in _TEXT:
            there = self.values.get(inside, "")
            if len(there) < MAXIMUM_TEXT:
                self.values[inside] = (there + data)[:MAXIMUM_TEXT]

    def _inside(self) -> tuple[str, ...]:
        if not self.in_fault or len(self.path) < 4:
            return ()
        if any(namespace not in _SOAP for namespace, _ in self.path[3:]):
            return ()
        return tuple(local for _, local in self.path[3:])

    def value(self, paths: tuple[tuple[str, ...], ...]) -> str:
        return next((self.values[path] for path in paths if path in self.values), "")


@lru_cache(maxsize=8)  # most partners send the very same fault, and three rules and the report read it
def read(body: bytes, *, complete: bool = True) -> SoapDocument | None:
    """The document in `body`; None when it is not well-formed, has a DTD or exceeds a limit.

    `complete` False: the body was capped, so its end is missing and that is no fault.
    """
    reader = _SoapReader()
    try:
        xml_events.read(body, reader, maximum_depth=MAXIMUM_DEPTH, complete=complete)
    except xml_events.UnreadableXmlError:
        return None
    if reader.root is None:
        return None
    namespace, root = reader.root
    fault = _fault(reader, namespace)
    return SoapDocument(root, namespace, reader.has_body, reader.content, fault, reader.content_namespace)


def _fault(reader: _SoapReader, namespace: str) -> SoapFault | None:
    if reader.content != "Fault":
        return None
    return SoapFault(
        code=_local(reader.value(_CODE)),
        subcode=_local(reader.value(_SUBCODE)),
        text=reader.value(_TEXT),
        has_detail=reader.has_detail,
        soap12=namespace == SOAP_12,
    )


def _local(qualified: str) -> str:
    return qualified.strip().rpartition(":")[2]
