"""Sentences that an administrator acts on: each says how far it reaches and contradicts nothing beside it."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from probe.facts.observation import FailureKind, Phase, Timings, Visit
from probe.facts.trust_store import TrustStore
from probe.judgement import verdict
from probe.judgement.caller_profile import profile
from probe.judgement.findings import certificate_findings
from probe.judgement.scenario import Scenario, ask
from probe.judgement.thresholds import DEFAULT_THRESHOLDS
from probe.lab import authority
from probe.remedies import network
from tests.judgement.judging import NOW, certificates
from tests.judgement.test_judgement_delivery import CALLER, SOUND, broken
from tests.samples import ENDPOINT, SESSION

ADDRESS = "192.0.2.1"
ROOT = authority.root()


def name_mismatch(caller: str, host: str, **names: object) -> list[str]:
    """The summaries of the name finding for a leaf whose common name is another host's."""
    leaf = authority.end_entity(ROOT, "mail.partner.lab", **names)  # type: ignore[arg-type]
    scenario = Scenario(
        certificates((leaf,)), host, TrustStore("test", certificates((ROOT,))), profile(caller), NOW
    )
    findings = certificate_findings.certificate_findings(
        scenario, ask(scenario), retrieved=(), retrievals=(), flip=None, thresholds=DEFAULT_THRESHOLDS
    )
    return [finding.summary for finding in findings if finding.code == "name-mismatch"]


@pytest.mark.parametrize(
    ("caller", "host", "names", "said"),
    [
        pytest.param(
            "exchange-2013@2012r2",
            ADDRESS,
            {"dns_names": (), "ip_addresses": (ADDRESS,)},
            "The certificate has the address 192.0.2.1 as iPAddress in its subject alternative name, which "
            "the caller's Windows does not compare (only Windows 10, Server 2016 and later do), and the "
            "names that it does compare are others: mail.partner.lab.",
            id="address-that-the-caller-passes-over",
        ),
        pytest.param(
            "exchange-2013@2012r2",
            "[2001:db8::1]",
            {"dns_names": (), "ip_addresses": ("2001:db8::1",)},
            "The certificate has the address 2001:db8::1 as iPAddress in its subject alternative name, which "
            "the caller's Windows does not compare (only Windows 10, Server 2016 and later do), and the "
            "names that it does compare are others: mail.partner.lab.",
            id="ipv6-address-that-the-caller-passes-over",
        ),
        pytest.param(
            "exchange-2013@2012r2",
            "192.0.2.7",
            {"dns_names": (), "ip_addresses": (ADDRESS,)},
            "The certificate does not cover 192.0.2.7; it covers 192.0.2.1, mail.partner.lab.",
            id="another-address",
        ),
        pytest.param(
            "exchange-2016@2016",
            ADDRESS,
            {"dns_names": (), "ip_addresses": (ADDRESS,)},
            None,
            id="caller-that-compares-addresses",
        ),
    ],
)
def test_an_address_in_the_certificate_is_not_said_to_be_missing(
    caller: str, host: str, names: dict[str, object], said: str | None
) -> None:
    assert name_mismatch(caller, host, **names) == ([] if said is None else [said])


@pytest.mark.parametrize("kind", [FailureKind.TIMEOUT, FailureKind.DEADLINE])
def test_25_seconds_are_said_of_exchange_2013_and_presumed_of_later_versions(kind: FailureKind) -> None:
    stalled = replace(broken(Phase.RECEIVE, kind, tls=SESSION), timings=Timings(total=24_900.0))
    decided = verdict.decide(Visit(ENDPOINT, "192.0.2.1", (stalled,)), CALLER, SOUND)
    assert decided.why == (
        "the partner did not answer in time; Exchange 2013 waits 25 seconds and then cancels, and later "
        "versions are presumed to do the same"
    )


def test_the_remedy_for_tls_12_reaches_every_place_that_turns_it_off() -> None:
    """Both .NET versions in both registry views, SChannel as client and as server, and the restart."""
    commands = "\n".join(network.ENABLE_TLS12.commands)
    for view in ("HKLM\\SOFTWARE\\Microsoft", "HKLM\\SOFTWARE\\WOW6432Node\\Microsoft"):
        for runtime in ("v4.0.30319", "v2.0.50727"):
            for value in ("SystemDefaultTlsVersions", "SchUseStrongCrypto"):
                assert f"{view}\\.NETFramework\\{runtime} /v {value} /t REG_DWORD /d 1 /f" in commands
    for role in ("Client", "Server"):
        assert f'\\TLS 1.2\\{role}" /v Enabled /t REG_DWORD /d 1 /f' in commands
        assert f'\\TLS 1.2\\{role}" /v DisabledByDefault /t REG_DWORD /d 0 /f' in commands
    for word in ("both versions", "both registry views", "client", "server", "restart"):
        assert word in network.ENABLE_TLS12.text
