"""A SOAP answer read from bytes that a stranger sent: envelope, fault, version; nothing is concluded.

Only what decides is kept. A document type declaration, and with it every entity, is refused before it can
expand (.NET's reader of SOAP answers refuses it too); depth and number of elements are bounded. The rules
for what a fault holds are those of referencesource `SoapClientProtocol.cs` ReadSoapException.
"""

from __future__ import annotations

from functools import lru_cache
from xml.parsers import expat

from msgspec import Struct, field

SOAP_11 = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP_12 = "http://www.w3.org/2003/05/soap-envelope"
_SOAP = frozenset({SOAP_11, SOAP_12, ""})

MAXIMUM_DEPTH = 100
MAXIMUM_ELEMENTS = 20_000
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

    @property
    def is_envelope(self) -> bool:
        """Whether .NET's SOAP client takes it: Envelope of SOAP 1.1, 1.2 or no namespace, with a Body."""
        return self.root == "Envelope" and self.namespace in _SOAP and self.has_body


class _RefusedError(Exception):
    """The document is one that is not read: a DTD, too deep, too many elements."""


class _Reader(Struct):
    path: list[tuple[str, str]] = field(default_factory=list)
    root: tuple[str, str] | None = None
    has_body: bool = False
    content: str = ""
    elements: int = 0
    in_fault: bool = False
    has_detail: bool = False
    values: dict[tuple[str, ...], str] = field(default_factory=dict)

    def start(self, name: str, _attributes: dict[str, str]) -> None:
        namespace, _, local = name.rpartition(" ")
        self.elements += 1
        if self.elements > MAXIMUM_ELEMENTS or len(self.path) >= MAXIMUM_DEPTH:
            raise _RefusedError
        self.path.append((namespace, local))
        depth = len(self.path)
        if depth == 1:
            self.root = (namespace, local)
        elif depth == 2 and local == "Body":
            self.has_body = True
        elif depth == 3 and self.path[1][1] == "Body" and not self.content:
            self.content = local
            self.in_fault = local == "Fault" and namespace in _SOAP
        elif self._inside() in _DETAIL:
            self.has_detail = True
        elif self._inside() in _TEXT:
            self.values[self._inside()] = ""  # the last Text of a Reason wins, as in ReadSoapException

    def end(self, _name: str) -> None:
        if len(self.path) == 3:
            self.in_fault = False
        self.path.pop()

    def text(self, data: str) -> None:
        inside = self._inside()
        if inside in _CODE or inside in _SUBCODE or inside in _TEXT:
            self.values[inside] = (self.values.get(inside, "") + data)[:MAXIMUM_TEXT]

    def _inside(self) -> tuple[str, ...]:
        if not self.in_fault or len(self.path) < 4:
            return ()
        if any(namespace not in _SOAP for namespace, _ in self.path[3:]):
            return ()
        return tuple(local for _, local in self.path[3:])

    def value(self, places: tuple[tuple[str, ...], ...]) -> str:
        return next((self.values[place] for place in places if place in self.values), "")


def _refuse(*_arguments: object) -> None:
    raise _RefusedError


@lru_cache(maxsize=8)  # most partners send the very same fault, and three rules and the report read it
def read(body: bytes, *, complete: bool = True) -> SoapDocument | None:
    """The document in `body`; None when it is not well-formed, has a DTD or exceeds a limit.

    `complete` False: the body was capped, so its end is missing and that is no fault.
    """
    reader = _Reader()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = _refuse
    parser.EntityDeclHandler = _refuse
    try:
        parser.Parse(body, complete)
    except (expat.ExpatError, _RefusedError, ValueError, LookupError):
        # ValueError and LookupError: an encoding that the document names and Python does not know.
        return None
    if reader.root is None:
        return None
    namespace, root = reader.root
    return SoapDocument(root, namespace, reader.has_body, reader.content, _fault(reader, namespace))


def _fault(reader: _Reader, namespace: str) -> SoapFault | None:
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
