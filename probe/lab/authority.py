"""A certificate authority in which every mistake is a keyword argument.

    root = authority.root("Lab Root")
    issuing = authority.intermediate(root, "Lab Issuing CA", path_length=0)
    leaf = authority.end_entity(issuing, "mail.partner.lab", not_after=yesterday)
    leaf.certificate         # probe.facts.certificate.Certificate; leaf.key is its private key
    leaf.pem, leaf.key_pem, leaf.chain, leaf.chain_pem(), leaf.der

`root`, `intermediate` and `end_entity` make what a sound authority would make; every option of `Options`
changes one thing about it, None removing what a sound certificate would have. `issue` makes a certificate
with no role, from the options alone. Certificates are assembled from DER, so nothing is too wrong to be
made: version 1, missing or contradictory extensions, broken signatures, 512-bit keys, names with NUL.

Keys are P-256 unless `key` says otherwise, fresh for each certificate. RSA and DSA keys are slow to make:
they come from a pool, one for each kind and role, so two roots with key="rsa2048" share a key; pass
`key=keys.private_key("rsa2048", slot="other root")`, or the key of another credential, to choose.
The default validity is taken from the clock; nothing is checked, because checking is what it is made for.
"""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime, timedelta
from typing import Unpack, cast

from probe.lab.issuance import Credential, Options, certificate_pem, issue, name

__all__ = [
    "ANY_USAGE",
    "CLIENT_AUTH",
    "CODE_SIGNING",
    "SERVER_AUTH",
    "Credential",
    "Options",
    "certificate_pem",
    "end_entity",
    "intermediate",
    "issue",
    "name",
    "root",
]

SERVER_AUTH = "1.3.6.1.5.5.7.3.1"
CLIENT_AUTH = "1.3.6.1.5.5.7.3.2"
CODE_SIGNING = "1.3.6.1.5.5.7.3.3"
ANY_USAGE = "2.5.29.37.0"

_CA_KEY_USAGE = ("keyCertSign", "cRLSign", "digitalSignature")
_SERVER_KEY_USAGE = ("digitalSignature", "keyEncipherment")


def root(common_name: str = "Lab Root CA", **options: Unpack[Options]) -> Credential:
    """A self-signed certification authority, valid for ten years around now."""
    now = _now()
    defaults: Options = {
        "common_names": (common_name,),
        "not_before": now - timedelta(days=1800),
        "not_after": now + timedelta(days=1800),
        "ca": True,
        "key_usage": _CA_KEY_USAGE,
        "authority_key_identifier": None,
    }
    return issue(None, slot="root", **_over(defaults, options))


def intermediate(
    issuer: Credential, common_name: str = "Lab Issuing CA", **options: Unpack[Options]
) -> Credential:
    """A certification authority below `issuer`, valid for four years around now."""
    now = _now()
    defaults: Options = {
        "common_names": (common_name,),
        "not_before": now - timedelta(days=700),
        "not_after": now + timedelta(days=700),
        "ca": True,
        "key_usage": _CA_KEY_USAGE,
    }
    return issue(issuer, slot="intermediate", **_over(defaults, options))


def end_entity(
    issuer: Credential | None, host: str = "mail.partner.lab", **options: Unpack[Options]
) -> Credential:
    """A server's certificate for `host`, a DNS name or IP address; `issuer` None signs it with itself.

    It is a year old at most, ends in ten months, and carries the host as common name and in the SAN.
    """
    now = _now()
    is_address = _is_address(host)
    defaults: Options = {
        "common_names": (host,),
        "dns_names": () if is_address else (host,),
        "ip_addresses": (host,) if is_address else (),
        "not_before": now - timedelta(days=60),
        "not_after": now + timedelta(days=300),
        "ca": False,
        "key_usage": _SERVER_KEY_USAGE,
        "usages": (SERVER_AUTH,),
    }
    return issue(issuer, slot="end-entity", **_over(defaults, options))


def _over(defaults: Options, options: Options) -> Options:
    return cast("Options", {**defaults, **options})


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
