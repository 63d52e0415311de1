"""probe federation: the answer as the cmdlet prints it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from probe.lab.estate import Estate, redirect
from probe.lab.organisation import AUTODISCOVER_HOST, DOMAIN, HOST
from tests.cli.conftest import Finished
from tests.cli.organisations import organisation

Run = Callable[..., Finished]
URL = f"https://{AUTODISCOVER_HOST}/autodiscover/autodiscover.svc"


def test_the_answer_reads_as_the_cmdlets(tmp_path: Path, run: Run) -> None:
    with organisation(tmp_path) as opened:
        done = run("federation", DOMAIN, *opened.reach)
    assert done.code == 0
    lines = dict(line.split(" : ", 1) for line in done.out.splitlines() if " : " in line)
    printed = {name.strip(): value for name, value in lines.items()}
    assert printed["TargetApplicationUri"] == f"FYDIBOHF25SPDLT.{DOMAIN}"
    assert printed["DomainNames"] == "{" + DOMAIN + "}"
    assert printed["TargetAutodiscoverEpr"] == f"{URL}/WSSecurity"
    assert printed["TokenIssuerUris"] == "{urn:federation:MicrosoftOnline}"
    assert f"Type=Success;Url={URL};" in done.out
    assert "probe check partner.lab" in done.err


def test_json_has_the_answer_and_each_step(tmp_path: Path, run: Run) -> None:
    with organisation(tmp_path) as opened:
        done = run("federation", f"user@{DOMAIN}", "--format", "json", *opened.reach)
    document = json.loads(done.out)
    assert document["schema"] == "probe.federation/1"
    assert (document["received"], document["prompts"]) == (True, None)
    assert document["target_autodiscover_epr"] == f"{URL}/WSSecurity"
    assert document["token_issuers"][0]["uri"] == "urn:federation:MicrosoftOnline"
    assert document["steps"][0]["url"] == URL
    assert {step["step"] for step in document["steps"]} == {"GetFederationInformation", "http redirect"}


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        pytest.param("not-federated", "NotFederated: The organization is not federated.", id="error-code"),
        pytest.param("no-handler", "of no use: HTTP status 405 Method Not Allowed", id="malformed"),
    ],
)
def test_a_bad_answer_is_the_cmdlets_failure(tmp_path: Path, run: Run, answer: str, said: str) -> None:
    with organisation(tmp_path, estate=Estate(federation=answer)) as opened:
        done = run("federation", DOMAIN, *opened.reach)
    assert done.code == 2
    assert done.out.startswith("Federation information could not be received from the external organization.")
    assert said in done.out


def test_further_domains_are_said_not_to_be_validated(tmp_path: Path, run: Run) -> None:
    with organisation(tmp_path, estate=Estate(federation="many-domains")) as opened:
        told = run("federation", DOMAIN, *opened.reach)
        quiet = run("federation", DOMAIN, "-q", *opened.reach)
    assert "DomainNames           : {partner.lab, second.lab}" in told.out
    assert "probe federation second.lab asks the next" in told.err
    assert quiet.err == ""


def test_no_domain_of_a_partner_becomes_a_command(tmp_path: Path, run: Run) -> None:
    with organisation(tmp_path, estate=Estate(federation="hostile-domains")) as opened:
        done = run("federation", DOMAIN, *opened.reach)
    assert done.code == 0, done.err
    assert "$(calc)" in done.out
    assert "calc" not in done.err
    assert "evil" not in done.err


def test_an_insecure_redirect_would_prompt(tmp_path: Path, run: Run) -> None:
    estate = Estate(
        websites=frozenset({AUTODISCOVER_HOST, DOMAIN}),
        http={DOMAIN: redirect(f"https://{HOST}/autodiscover/autodiscover.xml")},
    )
    with organisation(tmp_path, estate=estate) as opened:
        done = run("federation", DOMAIN, *opened.reach)
    assert done.code == 1
    assert "Get-FederationInformation would prompt" in done.out


def test_a_certificate_of_another_name_would_prompt(tmp_path: Path, run: Run) -> None:
    with organisation(tmp_path, "wrong-name") as opened:
        done = run("federation", DOMAIN, *opened.reach)
        document = json.loads(run("federation", DOMAIN, "--format", "json", *opened.reach).out)
    assert done.code == 1
    assert f"would prompt: InvalidSslHostname, the certificate of {AUTODISCOVER_HOST} is for" in done.out
    assert document["received"]
    assert document["prompts"].startswith("InvalidSslHostname")


def test_a_broken_chain_with_the_right_name_does_not_prompt(tmp_path: Path, run: Run) -> None:
    with organisation(tmp_path, "untrusted-root") as opened:
        done = run("federation", DOMAIN, *opened.reach)
    assert (done.code, "would prompt" in done.out) == (0, False)


def test_a_dead_organisation_answers_nothing(tmp_path: Path, run: Run) -> None:
    with organisation(tmp_path, "refused") as opened:
        done = run("federation", DOMAIN, *opened.reach)
    assert done.code == 2
    assert "nothing answered the call" in done.out


@pytest.mark.parametrize("text", ["https://mail.partner.lab/", "host:443", "192.0.2.1"])
def test_a_host_is_no_domain(run: Run, text: str) -> None:
    done = run("federation", text)
    assert (done.code, done.out) == (64, "")
    assert "names no domain" in done.err
