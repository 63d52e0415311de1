"""JUnit XML for build servers: a suite for each target, a case for each endpoint, address and caller.

The shape is that of Jenkins' junit-10.xsd, which GitLab, Azure Pipelines and GitHub's reporters read too.
`failure` is a verdict "would fail" with the exception text as it would be logged. "Cannot tell" is an
`error`, not `skipped`: build servers show a skipped test as green, and an unknown must not look like a
success. A warning passes and says so in `system-out`. A target without a judgement is one test case.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC
from xml.etree import ElementTree

from probe.escaping import one_line
from probe.report import summary
from probe.report.clean import xml_text
from probe.report.document import EndpointEntry, JudgementEntry, ResultDocument


def render(documents: Sequence[ResultDocument]) -> str:
    """The XML document, with its declaration."""
    root = ElementTree.Element("testsuites", name="fedprobe")
    for document in documents:
        root.append(_suite(document))
    for attribute in ("tests", "failures", "errors"):
        root.set(attribute, str(sum(int(suite.get(attribute, "0")) for suite in root)))
    ElementTree.indent(root)
    body = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n'


def _suite(document: ResultDocument) -> ElementTree.Element:
    suite = ElementTree.Element(
        "testsuite",
        name=one_line(document.target.input),
        timestamp=f"{document.observed_at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}",
        time=_seconds(document.elapsed_ms),
    )
    properties = ElementTree.SubElement(suite, "properties")
    for name, value in (
        ("outcome", document.outcome),
        ("trust", document.trust.name),
        ("trust.sha256", document.trust.sha256),
        ("tool", f"{document.tool.name} {document.tool.version}"),
    ):
        ElementTree.SubElement(properties, "property", name=name, value=one_line(value))
    cases = [_case(endpoint, judgement) for endpoint, judgement in summary.pairs(document)]
    suite.extend([_unused(document.not_used)] if document.not_used else cases or [_unjudged(document)])
    tags = [child.tag for case in suite.iter("testcase") for child in case]
    suite.set("tests", str(len(list(suite.iter("testcase")))))
    suite.set("failures", str(tags.count("failure")))
    suite.set("errors", str(tags.count("error")))
    suite.set("skipped", str(tags.count("skipped")))
    return suite


def _case(endpoint: EndpointEntry, judgement: JudgementEntry) -> ElementTree.Element:
    at = f" at {endpoint.address}" if endpoint.address else ""
    case = ElementTree.Element(
        "testcase",
        name=one_line(f"{endpoint.url}{at} for {judgement.caller}"),
        classname=f"fedprobe.{endpoint.kind}",
        time=_seconds(endpoint.timings_ms.total),
    )
    details = _details(judgement)
    if judgement.outcome in ("failure", "unknown"):
        tag = "failure" if judgement.outcome == "failure" else "error"
        exception = judgement.web_exception
        kind = exception.status if exception else summary.judgement_verdict(judgement)
        problem = ElementTree.SubElement(
            case, tag, message=one_line(summary.reason(judgement), 1000), type=one_line(kind)
        )
        problem.text = xml_text("\n".join((exception.text if exception else "", details)))
    elif details:
        ElementTree.SubElement(case, "system-out").text = xml_text(details)
    return case


def _unused(why: str) -> ElementTree.Element:
    """The test case of a relationship that its own administrators turned off, which fails nothing."""
    case = ElementTree.Element("testcase", name="endpoints", classname="fedprobe.discovery", time="0.000")
    ElementTree.SubElement(case, "skipped", message=one_line(why, 1000))
    return case


def _unjudged(document: ResultDocument) -> ElementTree.Element:
    """The test case of a target where nothing could be judged."""
    case = ElementTree.Element("testcase", name="endpoints", classname="fedprobe.discovery", time="0.000")
    message = summary.headline(document)
    tag = "failure" if document.outcome == "failure" else "error"
    problem = ElementTree.SubElement(
        case, tag, message=one_line(message, 1000), type=summary.VERDICTS[document.outcome]
    )
    steps = (f"{step.step} {step.url} {step.outcome}: {step.detail}" for step in document.discovery)
    problem.text = xml_text("\n".join(map(one_line, steps)))
    return case


def _details(judgement: JudgementEntry) -> str:
    """Findings and remedies, one a line."""
    text = [f"{finding.severity} {finding.code}: {finding.summary}" for finding in judgement.findings]
    for remedy in summary.remedies(judgement):
        proved = f" ({proof})" if (proof := summary.proof(remedy)) else ""
        text.append(f"{summary.ACTORS.get(remedy.actor, remedy.actor)}: {remedy.text}{proved}")
    return "\n".join(map(one_line, text))


def _seconds(milliseconds: float | None) -> str:
    return f"{(milliseconds or 0) / 1000:.3f}"
