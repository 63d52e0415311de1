"""XML that a stranger sent, as events with resolved names; what could cost more than its bytes is refused.

1. expat reads the bytes without its own namespace processing, which writes the whole namespace into every
   name: a long one on the root makes gigabytes of 256 KB, inside expat, where nothing can stop it.
2. Prefixes are resolved here, to one string for each declaration; how many are in scope, and how long they
   are, is bounded ("Namespaces in XML 1.0", sections 3, 5 and 6.2: no undeclared prefix, no attribute twice).
3. A document type, and with it every entity, is refused before it can expand. Depth, elements and attributes
   are bounded. An encoding that expat cannot read (gb2312, shift_jis) makes the document unreadable here.

What a document means is not said here.
"""

from __future__ import annotations

from typing import Protocol
from xml.parsers import expat

MAXIMUM_ELEMENTS = 20_000
MAXIMUM_ATTRIBUTES = 64
MAXIMUM_PREFIXES = 64
MAXIMUM_NAMESPACE = 512

Name = tuple[str, str]
"""Namespace ("" for none) and local name."""

_XML = "http://www.w3.org/XML/1998/namespace"


class UnreadableXmlError(ValueError):
    """It is not well-formed, or exceeds a limit; the words say which."""


class XmlReader(Protocol):
    """Who is told what stands in a document."""

    def start(self, name: Name, attributes: dict[Name, str]) -> None:
        """An element begins."""

    def end(self) -> None:
        """The element that began last, of those that have not ended, ends."""

    def text(self, data: str) -> None:
        """Text inside of the current element, some of it."""


def read(content: bytes, reader: XmlReader, *, maximum_depth: int, complete: bool = True) -> None:
    """Tell `reader` what stands in `content`. `complete` False: its end is missing, and that is no fault.

    Raises:
        UnreadableXmlError: it cannot be read to its end; what stood before has been told.
    """
    parser = expat.ParserCreate()
    parser.buffer_text = True
    resolver = _Resolver(reader, maximum_depth)
    parser.StartElementHandler = resolver.start
    parser.EndElementHandler = resolver.end
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = _refuse_document_type
    parser.EntityDeclHandler = _refuse_document_type
    try:
        parser.Parse(content, complete)
    except UnreadableXmlError:
        raise
    except (expat.ExpatError, ValueError, LookupError) as wrong:
        # ValueError and LookupError: an encoding that the document names and expat, or Python, cannot read.
        raise UnreadableXmlError(str(wrong)) from None


def _refuse_document_type(*_: object) -> None:
    raise UnreadableXmlError("the answer has a document type, which is not read")


class _Resolver:
    """Counts, and turns prefixes into namespaces. A scope is one element's, shared where it declares none."""

    def __init__(self, reader: XmlReader, maximum_depth: int) -> None:
        self._reader = reader
        self._maximum_depth = maximum_depth
        self._elements = 0
        self._scopes: list[dict[str, str]] = [{"": "", "xml": _XML}]

    def start(self, qualified: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        if self._elements > MAXIMUM_ELEMENTS:
            raise UnreadableXmlError(f"more than {MAXIMUM_ELEMENTS} elements")
        if len(self._scopes) > self._maximum_depth:
            raise UnreadableXmlError(f"elements are nested more than {self._maximum_depth} deep")
        if len(attributes) > MAXIMUM_ATTRIBUTES:
            raise UnreadableXmlError(f"more than {MAXIMUM_ATTRIBUTES} attributes of one element")
        scope = self._declared(attributes)
        self._scopes.append(scope)
        resolved: dict[Name, str] = {}
        for key, value in attributes.items():
            if key != "xmlns" and not key.startswith("xmlns:"):
                # An attribute without a prefix is in no namespace.
                name = _resolved(key, scope) if ":" in key else ("", key)
                if name in resolved:
                    raise UnreadableXmlError(f"the attribute {key[:80]} stands twice")
                resolved[name] = value
        self._reader.start(_resolved(qualified, scope), resolved)

    def end(self, _qualified: str) -> None:
        self._scopes.pop()
        self._reader.end()

    def _declared(self, attributes: dict[str, str]) -> dict[str, str]:
        scope = self._scopes[-1]
        declarations = {
            key[6:]: value for key, value in attributes.items() if key == "xmlns" or key.startswith("xmlns:")
        }
        if not declarations:
            return scope
        if any(len(namespace) > MAXIMUM_NAMESPACE for namespace in declarations.values()):
            raise UnreadableXmlError(f"a namespace of more than {MAXIMUM_NAMESPACE} characters")
        scope = {**scope, **declarations}
        if len(scope) > MAXIMUM_PREFIXES:
            raise UnreadableXmlError(f"more than {MAXIMUM_PREFIXES} prefixes in one place")
        return scope


def _resolved(qualified: str, scope: dict[str, str]) -> Name:
    prefix, colon, local = qualified.rpartition(":")
    if colon and (not prefix or not local or ":" in prefix):
        raise UnreadableXmlError(f"{qualified[:80]!r} is no name")
    try:
        return scope[prefix], local
    except KeyError:
        raise UnreadableXmlError(f"the prefix {prefix[:80]!r} is not declared") from None
