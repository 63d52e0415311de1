"""Caller × partner against `openssl s_server`: groups, leaf keys, versions, suites and Diffie-Hellman sizes.

Each row names the source of its verdict.
"""

from __future__ import annotations

import base64
import subprocess
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from probe import api
from probe.collection.settings import parse_connect_to
from probe.dotnet import WebExceptionStatus
from probe.facts import record
from probe.facts.encoding import der
from probe.facts.observation import Observation
from probe.facts.trust_store import TrustStore
from probe.judgement.model import Judgement, Outcome
from probe.lab import authority
from probe.lab.authority import Credential
from probe.lab.keys import KeyKind
from probe.sources.documents import find
from tests.interop.servers import Served
from tests.requirements import require

SE, SE_2019 = "exchange-se@2022", "exchange-se@2019"
EX2019 = "exchange-2019@2019"
EX2016, OLD_WINDOWS = "exchange-2016@2016", "exchange-2016@2012r2"
WORKS, FAILS, UNTOLD = Outcome.SUCCESS, Outcome.FAILURE, Outcome.UNKNOWN

TLS13 = "[failures 6.1.3]"
WINDOWS_VERSIONS = "[failures 6.2]"
NO_GCM = "[failures 6.4.2]"
SUITES_2012R2, SUITES_2012 = "[failures 6.4.1]", "[failures 6.4.3]"
SUITES_2016, SUITES_2022 = "[failures 6.4.4]", "[failures 6.4.6]"
GROUPS = "[failures 6.6]"
PRIMES = "[failures 6.7]"
PREDICTED_TLS12 = "[failures 6.8]"
SETUP = "[failures 6.9]"
KEYS = "[failures 6.10]"

TLS12 = ("-tls1_2",)
RSA_GCM = ("-cipher", "ECDHE-RSA-AES256-GCM-SHA384:@SECLEVEL=0")
RSA_CBC = ("-cipher", "ECDHE-RSA-AES256-SHA384:@SECLEVEL=0")
RSA_BOTH = ("-cipher", "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-SHA384:@SECLEVEL=0")
DHE_GCM = ("-cipher", "DHE-RSA-AES256-GCM-SHA384:@SECLEVEL=0")


def row(
    name: str,
    caller: str,
    outcome: Outcome,
    *options: str,
    key: KeyKind = "rsa2048",
    source: str,
    why: str = "",
) -> object:
    return pytest.param(caller, key, options, outcome, source, why, id=name)


ROWS = [
    # Groups
    row("p256-to-se", SE, WORKS, *TLS12, *RSA_GCM, "-groups", "P-256", source=GROUPS),
    row("p384-to-se", SE, WORKS, *TLS12, *RSA_GCM, "-groups", "P-384", source=GROUPS),
    row("p384-to-2012r2", OLD_WINDOWS, WORKS, *TLS12, *RSA_CBC, "-groups", "P-384", source=GROUPS),
    row("p521-to-se", SE, FAILS, *TLS12, *RSA_GCM, "-groups", "P-521", source=GROUPS, why="P-521"),
    row(
        "p521-to-2016",
        EX2016,
        FAILS,
        *TLS12,
        *RSA_GCM,
        "-groups",
        "P-521",
        source=GROUPS,
        why="P-521",
    ),
    row(
        "p521-to-2012r2",
        OLD_WINDOWS,
        FAILS,
        *TLS12,
        *RSA_CBC,
        "-groups",
        "P-521",
        source=GROUPS,
        why="P-521",
    ),
    row(
        "p521-with-tls13-to-se",
        SE,
        FAILS,
        *RSA_GCM,
        "-groups",
        "P-521",
        source=GROUPS,
        why="TLS 1.3",
    ),
    row("x448-to-se", SE, FAILS, *TLS12, *RSA_GCM, "-groups", "X448", source=GROUPS, why="X448"),
    row(
        "x448-to-2012r2",
        OLD_WINDOWS,
        FAILS,
        *TLS12,
        *RSA_CBC,
        "-groups",
        "X448",
        source=GROUPS,
        why="X448",
    ),
    row("x25519-to-2016", EX2016, WORKS, *TLS12, *RSA_GCM, "-groups", "X25519", source=GROUPS),
    row(
        "x25519-to-2012r2",
        OLD_WINDOWS,
        FAILS,
        *TLS12,
        *RSA_CBC,
        "-groups",
        "X25519",
        source=GROUPS,
        why="X25519",
    ),
    row(
        "x25519-to-se",
        SE,
        UNTOLD,
        *TLS12,
        *RSA_GCM,
        "-groups",
        "X25519",
        source=SETUP,
        why="X25519",
    ),
    row(
        "x25519-to-2019",
        EX2019,
        UNTOLD,
        *TLS12,
        *RSA_GCM,
        "-groups",
        "X25519",
        source=SETUP,
        why="X25519",
    ),
    row("brainpool-to-se", SE, FAILS, *TLS12, *RSA_GCM, "-groups", "brainpoolP256r1", source=GROUPS),
    # Leaf keys
    row("leaf-p384-to-se", SE, WORKS, *TLS12, key="p384", source=KEYS),
    row("leaf-p384-to-2012r2", OLD_WINDOWS, WORKS, *TLS12, key="p384", source=KEYS),
    row("leaf-p521-to-se", SE, FAILS, *TLS12, key="p521", source=KEYS, why="P-521"),
    row("leaf-p521-with-tls13-to-se", SE, UNTOLD, key="p521", source=KEYS, why="TLS 1.3"),
    row("leaf-ed25519-with-tls13-to-se", SE, FAILS, key="ed25519", source=KEYS, why="Ed25519"),
    row("leaf-p521-to-2012r2", OLD_WINDOWS, FAILS, *TLS12, key="p521", source=KEYS, why="P-521"),
    row("leaf-ed25519-to-se", SE, FAILS, *TLS12, key="ed25519", source=KEYS, why="Ed25519"),
    row("leaf-ed448-to-2016", EX2016, FAILS, *TLS12, key="ed448", source=KEYS, why="Ed448"),
    row("leaf-secp256k1-to-se", SE, FAILS, *TLS12, key="secp256k1", source=KEYS),
    # Versions
    row("tls10-to-2016", EX2016, WORKS, "-tls1", "-cipher", "ALL:@SECLEVEL=0", source=PREDICTED_TLS12),
    row("tls11-to-2016", EX2016, WORKS, "-tls1_1", "-cipher", "ALL:@SECLEVEL=0", source=PREDICTED_TLS12),
    row("tls10-to-se", SE, FAILS, "-tls1", "-cipher", "ALL:@SECLEVEL=0", source=SETUP),
    row("tls12-to-2010", "exchange-2010", WORKS, *TLS12, source=PREDICTED_TLS12),
    row("tls13-to-2012r2", OLD_WINDOWS, FAILS, "-tls1_3", source=WINDOWS_VERSIONS),
    row("tls13-to-se-on-2019", SE_2019, FAILS, "-tls1_3", source=WINDOWS_VERSIONS),
    row("tls13-to-se-on-2022", SE, UNTOLD, "-tls1_3", source=TLS13, why="network trace"),
    # Suites
    row("ecdhe-gcm-to-2012r2", OLD_WINDOWS, FAILS, *TLS12, *RSA_GCM, source=NO_GCM),
    row("ecdhe-cbc-sha384-to-2012r2", OLD_WINDOWS, WORKS, *TLS12, *RSA_CBC, source=SUITES_2012R2),
    row("rsa-cbc-to-se", SE, FAILS, *TLS12, "-cipher", "AES256-SHA:@SECLEVEL=0", source=SETUP),
    row(
        "rsa-gcm-to-2019",
        EX2019,
        FAILS,
        *TLS12,
        "-cipher",
        "AES256-GCM-SHA384:@SECLEVEL=0",
        source=SETUP,
    ),
    row(
        "ecdhe-cbc-sha1-to-2019",
        EX2019,
        FAILS,
        *TLS12,
        "-cipher",
        "ECDHE-RSA-AES256-SHA:@SECLEVEL=0",
        source=SETUP,
    ),
    row("rsa-cbc-to-2016", EX2016, WORKS, *TLS12, "-cipher", "AES256-SHA:@SECLEVEL=0", source=SUITES_2016),
    row("chacha20-to-se", SE, FAILS, *TLS12, "-cipher", "ECDHE-RSA-CHACHA20-POLY1305", source=SUITES_2022),
    row(
        "dhe-gcm-to-2012",
        "exchange-2016@2012",
        WORKS,
        *TLS12,
        *DHE_GCM,
        "-dhparam",
        "ffdhe2048",
        source=SUITES_2012,
    ),
    # Sizes of the Diffie-Hellman prime
    # OpenSSL serves none below 1024 bits: that row is the lab's fault prime-of-768-bits.
    row("dh1024-to-2016", EX2016, WORKS, *TLS12, *DHE_GCM, "-dhparam", "1024", source=PRIMES),
    row(
        "dh2048-to-2012r2",
        OLD_WINDOWS,
        WORKS,
        *TLS12,
        *DHE_GCM,
        "-dhparam",
        "ffdhe2048",
        source=PRIMES,
    ),
    row("dh4096-to-2016", EX2016, WORKS, *TLS12, *DHE_GCM, "-dhparam", "ffdhe4096", source=PRIMES),
    row("dh6144", OLD_WINDOWS, UNTOLD, *TLS12, *DHE_GCM, "-dhparam", "ffdhe6144", source=PRIMES, why="6144"),
    row(
        "dh8192-to-2016", EX2016, UNTOLD, *TLS12, *DHE_GCM, "-dhparam", "ffdhe8192", source=PRIMES, why="8192"
    ),
    row("dh2048-to-se", SE, FAILS, *TLS12, *DHE_GCM, "-dhparam", "ffdhe2048", source=SETUP),
]


# The primes of Oakley groups 1 and 2 (RFC 2409 sections 6.1 and 6.2).
_OAKLEY = {
    "768": (
        "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD"
        "EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A63A3620FFFFFFFFFFFFFFFF"
    ),
    "1024": (
        "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD"
        "EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED"
        "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE65381FFFFFFFFFFFFFFFF"
    ),
}


def _write_prime(wanted: str, path: Path) -> None:
    """Diffie-Hellman parameters of this size, or of this named group."""
    if wanted in _OAKLEY:
        prime = der.wrap(0x02, b"\x00" + bytes.fromhex(_OAKLEY[wanted]))
        encoded = base64.b64encode(der.wrap(der.SEQUENCE, prime + der.wrap(0x02, b"\x02"))).decode()
        path.write_text(f"-----BEGIN DH PARAMETERS-----\n{encoded}\n-----END DH PARAMETERS-----\n")
        return
    command = [require("openssl"), "genpkey", "-genparam", "-algorithm", "DH", "-pkeyopt", f"group:{wanted}"]
    subprocess.run([*command, "-out", str(path)], check=True, capture_output=True)


def prepared_options(options: Sequence[str], folder: Path) -> tuple[str, ...]:
    """The options with the name of a prime's size or group replaced by a file that holds it."""
    words = list(options)
    if "-dhparam" in words:
        position = words.index("-dhparam") + 1
        prime = folder / "prime.pem"
        _write_prime(words[position], prime)
        words[position] = str(prime)
    return tuple(words)


def _judged(served: Served, roots: tuple[Credential, ...], caller: str) -> tuple[Observation, Judgement]:
    store = TrustStore("lab", roots=tuple(root.certificate for root in roots))
    profile = api.load_caller(caller)
    settings = api.settings_for(
        (profile,), store, connect_to=(parse_connect_to(f"::127.0.0.1:{served.port}"),), timeout=20.0
    )
    observation = api.collect(served.url, settings=settings)
    (judgement,) = api.judge(observation, trust=store, caller=profile)
    replayed = record.loads(record.dumps(observation))
    assert api.judge(replayed, trust=store, caller=profile) == (judgement,)
    return observation, judgement


def _credentials(key: KeyKind = "rsa2048") -> tuple[Credential, Credential]:
    """(root, end-entity)."""
    root = authority.root("Interop Root")
    now = datetime.now(UTC)
    return root, authority.end_entity(
        root,
        "mail.partner.lab",
        key=key,
        not_before=now - timedelta(days=90),
        not_after=now + timedelta(days=90),
    )


def _server(
    s_server: Callable[..., Served], folder: Path, key: KeyKind, options: tuple[str, ...]
) -> tuple[Served, tuple[Credential, ...]]:
    root, leaf = _credentials(key)
    return s_server(leaf, leaf.pem, options=prepared_options(options, folder)), (root,)


@pytest.mark.parametrize(("caller", "key", "options", "outcome", "source", "why"), ROWS)
def test_caller_and_partner(
    s_server: Callable[..., Served],
    tmp_path: Path,
    caller: str,
    key: KeyKind,
    options: tuple[str, ...],
    outcome: Outcome,
    source: str,
    why: str,
) -> None:
    served, roots = _server(s_server, tmp_path, key, options)
    observation, judgement = _judged(served, roots, caller)
    said = " ".join(finding.summary for finding in judgement.findings)
    assert judgement.outcome is outcome, (said, observation.hellos)
    status = judgement.web_exception.status if judgement.web_exception else None
    assert status == (WebExceptionStatus.SecureChannelFailure if outcome is FAILS else None)
    assert why in said
    assert find(source)


WITHOUT_RFC_5746 = "NORMAL:%DISABLE_SAFE_RENEGOTIATION"
TLS12_WITHOUT = f"{WITHOUT_RFC_5746}:-VERS-TLS1.3"


@pytest.mark.parametrize(
    ("caller", "priority", "refused", "outcome"),
    [
        pytest.param(SE_2019, TLS12_WITHOUT, True, FAILS, id="unknown-to-se"),
        pytest.param(EX2019, TLS12_WITHOUT, True, FAILS, id="unknown-to-2019"),
        pytest.param(EX2016, TLS12_WITHOUT, False, FAILS, id="unknown-to-2016"),
        pytest.param(SE, WITHOUT_RFC_5746, True, UNTOLD, id="unknown-unless-tls-1.3-is-agreed"),
        pytest.param(EX2019, "NORMAL:-VERS-TLS1.3", False, FAILS, id="known-to-2019"),
    ],
)
def test_secure_renegotiation(
    lighttpd: Callable[..., Served], caller: str, priority: str, refused: bool, outcome: Outcome
) -> None:
    """Strict mode, as set-up of Exchange 2019 leaves it, refuses a partner without it [failures 6.12].

    The page of the one that is not refused is none of Exchange's: 404.
    """
    root, leaf = _credentials()
    observation, judgement = _judged(lighttpd(leaf, priority), (root,), caller)
    said = " ".join(finding.summary for finding in judgement.findings)
    assert ("RFC 5746" in said) == refused, said
    assert judgement.outcome is outcome
    status = None if judgement.web_exception is None else judgement.web_exception.status
    assert (status is WebExceptionStatus.SecureChannelFailure) == (refused and outcome is FAILS)
    assert any(c.exchanges for c in observation.connections)
