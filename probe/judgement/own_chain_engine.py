"""What the values of a server's chain engine make of its caller [validation 4.6.8].

The least RSA key, what is weak to it, which downloads of issuers it makes, and the checks that it leaves out:
what exactly these three switches take away was not observed, so what they are about is "cannot tell".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from probe.dotnet import X509ChainStatusFlags as Flags
from probe.judgement.caller_profile import Caller
from probe.judgement.issuer_limits import VALUES, IssuerLimits

# wincrypt.h, CERT_CHAIN_... of the chain engine's registry values.
_NO_LIMIT = 0xFFFFFFFF
_TAKE_MD2_MD4, _TAKE_WEAK_ROOTS, _LOG_WEAKNESS_ONLY = 0x1, 0x2, 0x8
_NO_ISSUER_DOWNLOADS = 0x2
_OF_SERVER_AUTHENTICATION = 0x00010000 | 0x00100000
_WEAKNESS = re.compile(r"weak(sha1|rsa)(?:all|thirdparty)flags\Z")
_LEFT_OUT = {
    "disablemandatorybasicconstraints": Flags.InvalidBasicConstraints,
    "disablecanameconstraints": Flags.InvalidNameConstraints
    | Flags.HasNotSupportedNameConstraint
    | Flags.HasNotDefinedNameConstraint
    | Flags.HasNotPermittedNameConstraint
    | Flags.HasExcludedNameConstraint,
    "disableunsupportedcriticalextensions": Flags.InvalidExtension | Flags.HasNotSupportedCriticalExtension,
}


def changes(read: Mapping[str, int], base: Caller) -> dict[str, Any]:
    """The fields of a caller that these values set."""
    # PowerShell reads a DWORD as a number with a sign.
    values = {name.lower(): value & _NO_LIMIT for name, value in read.items()}
    least = values.get("minrsapubkeybitlength", base.minimum_rsa_bits)
    weak = values.get("enableweaksignatureflags", 0)
    return {
        "minimum_rsa_bits": 0 if least == _NO_LIMIT else least,
        "takes_md2_md4": bool(weak & _TAKE_MD2_MD4),
        "takes_weak_roots": bool(weak & _TAKE_WEAK_ROOTS),
        "logs_weakness_only": bool(weak & _LOG_WEAKNESS_ONLY),
        "aia": base.aia
        and not values.get("disableaiaurlretrieval")
        and not values.get("options", 0) & _NO_ISSUER_DOWNLOADS,
        "issuer_limits": _issuer_limits(values),
        "left_out_checks": _left_out(values),
        **_restrictions(values),
    }


def _restrictions(values: dict[str, int]) -> dict[str, Any]:
    restricted = {
        algorithm
        for name, value in values.items()
        if (match := _WEAKNESS.match(name)) and value & _OF_SERVER_AUTHENTICATION
        for algorithm in match.groups()
    }
    bits = max((values.get(f"weakrsa{who}minbitlength", 0) for who in ("all", "thirdparty")), default=0)
    return {
        "restricted_digests": tuple(sorted(restricted & {"sha1"})),
        "restricted_rsa_bits": bits if "rsa" in restricted and bits != _NO_LIMIT else 0,
    }


def _issuer_limits(values: dict[str, int]) -> IssuerLimits:
    """Zero is no limit of its own: the default counts [inf]."""
    own = {field: values[name.lower()] for field, name in VALUES.items() if values.get(name.lower())}
    return IssuerLimits(**own)


def _left_out(values: dict[str, int]) -> tuple[Flags, ...]:
    left_out = [flags for name, flags in _LEFT_OUT.items() if values.get(name)]
    return tuple(flag for flag in Flags if any(flag & flags for flags in left_out))
