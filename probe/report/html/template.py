"""The page's template (Jinja, autoescaped): structure and wording only.

Geometry comes from chain_picture.py and timeline.py. No text from outside is put into an address, a style
or a script; those are the only places where escaping for HTML would not be enough.
"""

from __future__ import annotations

from probe.report.html.drawing import PICTURES

_BADGE = """
{% macro badge(outcome, solid=false) -%}
<span class="badge {{ outcome }}{{ ' solid' if solid }}"><span aria-hidden="true">{{ marks[outcome] }}</span>
{{ verdicts[outcome] }}</span>
{%- endmacro %}
{% macro left(partner) -%}
{% if partner.days_left is none %}unknown
{% elif partner.days_left < 0 %}<strong>expired</strong>
{% else %}{{ partner.days_left }}<span class="sr"> days left</span>{% endif %}
{%- endmacro %}
{% macro spark(line) -%}
<svg class="spark" role="img" width="{{ line.width }}" height="24" viewBox="0 0 {{ line.width }} 24"
 aria-label="{{ line.words }}"><title>{{ line.words }}</title>
{% for run in line.runs %}
<rect class="{{ run.outcome }}" x="{{ run.x }}" y="{{ 24 - run.height }}" width="3"
 height="{{ run.height }}"/>
{% endfor %}</svg>
{%- endmacro %}
"""

_OVERVIEW = """
<section class="card" aria-labelledby="overview">
<h2 id="overview" tabindex="-1">Partners, most urgent first</h2>
<form class="filter" role="search" data-needs-script hidden>
<label><span class="sr">Search partners</span>
<input id="search" type="search" placeholder="Search (press /)" autocomplete="off" spellcheck="false"></label>
<fieldset><legend class="sr">Show verdicts</legend>
{% for outcome in urgency %}
<label class="{{ outcome }}"><input type="checkbox" name="outcome" value="{{ outcome }}" checked>
{{ verdicts[outcome] }} ({{ counts[outcome] }})</label>
{% endfor %}</fieldset>
<span id="shown" class="soft" role="status"></span></form>
<div class="overview"><table>
<caption class="sr">Every partner with its verdict, the reason, the days left and who can act</caption>
<thead><tr><th scope="col">Verdict</th><th scope="col">Partner</th><th scope="col">Why</th>
<th scope="col" class="number">Days left</th><th scope="col">Who acts</th>
{% if history %}<th scope="col">Last runs</th>{% endif %}</tr></thead><tbody>
{% for partner in partners %}
<tr data-outcome="{{ partner.document.outcome }}" data-search="{{ partner.search }}">
<td>{{ badge(partner.document.outcome) }}</td>
<th scope="row"><a href="#{{ partner.anchor }}">{{ partner.document.target.input | brief(100) }}</a>
</th><td class="why">{{ partner.headline | brief(280) }}</td>
<td class="number" data-name="Days left">{{ left(partner) }}</td>
<td class="fix"{% if partner.actors %} data-name="Who acts"{% endif %}>
{% for actor in partner.actors %}
{{ actor_names.get(actor, actor) | replace(", the calling side", "") | capitalize }}
{% if not loop.last %}<br>{% endif %}{% endfor %}</td>
{% if history %}<td>{% if partner.sparkline %}{{ spark(partner.sparkline) }}{% endif %}</td>{% endif %}</tr>
{% endfor %}
</tbody></table></div></section>
"""

_VERDICT = """
{% macro todo(group, prefix) %}
{% if group.remedies %}
<h5>What to do, and by whom</h5>
<ol class="todo">
{% for remedy in group.remedies %}
<li{% if remedy | proof %} class="proved"{% endif %}>
<span class="who">{{ actor_names.get(remedy.actor, remedy.actor) | capitalize }}:</span> {{ remedy.text }}
{% if remedy | proof %}<span class="proof">✓ {{ remedy | proof }}</span>{% endif %}
{% if remedy.command %}
{% set code = prefix ~ "-c" ~ loop.index %}
<div class="command"><pre id="{{ code }}" tabindex="0">{% for line in remedy.command | lines %}{{ line }}
{% endfor %}</pre><button type="button" data-copy="{{ code }}" data-needs-script hidden>Copy</button></div>
{% endif %}</li>
{% endfor %}</ol>
{% endif %}
{% endmacro %}
{% macro chain_table(judgement) %}
<details><summary>The chain in words</summary><div class="scroll"><table>
<thead><tr><th scope="col">Certificate</th><th scope="col">From</th><th scope="col">Valid</th>
<th scope="col">Status</th></tr></thead><tbody>
{% for element in judgement.chain.elements %}
<tr><td>{{ element.subject }}<br><span class="tag">{{ element.thumbprint }}</span></td>
<td>{{ element.source }}</td>
<td>{{ element.not_before | day }} to {{ element.not_after | day }}</td>
<td>{{ element.status | join(", ") or "NoError" }}
{% for reason in element.reasons %}<br><span class="tag">{{ reason }}</span>{% endfor %}</td></tr>
{% endfor %}</tbody></table></div>
{% if judgement.chain.indeterminate %}<p>{{ judgement.chain.indeterminate }}</p>{% endif %}
{% if judgement.chain.rejected %}<h5>Issuers that were tried and lost</h5><ul class="plain">
{% for candidate in judgement.chain.rejected %}
<li>{{ candidate.subject }} ({{ candidate.source }}, <span class="tag">{{ candidate.thumbprint }}</span>):
{{ candidate.why }}</li>{% endfor %}</ul>{% endif %}</details>
{% endmacro %}
{% macro verdict(group, prefix) %}
{% set judgement = group.judgement %}
<article class="verdict {{ judgement.outcome }}">
<header><h4>{{ group.title }}</h4>{{ badge(judgement.outcome) }}</header>
<p class="sentence">{{ group.reason }}</p>
{% if judgement.web_exception %}
<figure class="log">
<figcaption>As the event log would have it ({{ judgement.web_exception.status }})</figcaption>
<pre tabindex="0">{% for part in judgement.web_exception.text.split(" ---> ") %}<span>
{{- "---> " if not loop.first }}{{ part }}</span>{% endfor %}</pre></figure>
{% endif %}
{{ todo(group, prefix) }}
{% if group.findings %}
<h5>Why</h5>
<ul class="findings">
{% for finding in group.findings %}
<li>{{ "Evidence" if finding.summary == group.reason else finding.summary }}
<span class="tag">{{ finding.severity }}, {{ finding.code }}</span>
{% if finding.evidence %}
<ul>{% for line in finding.evidence %}<li>{{ line }}</li>{% endfor %}</ul>
{% endif %}</li>
{% endfor %}</ul>
{% endif %}
<details{{ " open" if judgement.outcome in ("failure", "unknown") }}>
<summary>Chain, validity and where this applies</summary>
{% if group.picture %}
<h5>The chain as Windows builds it</h5>
{{ chain(group.picture) }}
<p class="key">Border: thin, presented by the partner; dashed, downloaded; thick, from the caller's store.</p>
{% endif %}
{% if group.validity %}<h5>Validity</h5>{{ validity_bars(group.validity) }}{% endif %}
<h5>Judged</h5>
<ul class="plain">
<li>SslPolicyErrors:
{% if judgement.ssl_policy_errors is none %}not reached, no certificate was seen
{% else %}{{ judgement.ssl_policy_errors | join(", ") or "None" }}{% endif %}</li>
{% if judgement.name %}<li>Name {{ judgement.name.requested }}:
{% if judgement.name.matched %}matches{% if judgement.name.by %} by {{ judgement.name.by }}{% endif %}
{% elif judgement.name.masked %}not checked, {{ judgement.name.masked }}
{% elif judgement.name.untold %}cannot be told, {{ judgement.name.untold }}
{% else %}not among the presented names ({{ judgement.name.presented | join(", ") or "none" }})
{% endif %}</li>
{% endif %}
{% if judgement.flip %}
<li>This holds until {{ judgement.flip.at | moment }}: {{ judgement.flip.why }}</li>
{% endif %}
{% for endpoint, callers in group.where %}
<li>{{ endpoint.url }}{% if endpoint.address %} at {{ endpoint.address }}{% endif %},
for {{ callers | join(", ") }}</li>
{% endfor %}</ul>
{% if group.picture %}{{ chain_table(judgement) }}{% endif %}
</details></article>
{% endmacro %}
"""

_EVIDENCE = """
{% macro evidence(document) %}
<details><summary>What was seen on the way</summary>
<p class="soft">Seen {{ document.observed_at | moment }} from {{ document.vantage.system }}; judged with the
trust store {{ document.trust.name }} ({{ document.trust.roots }} roots, sha256
{{ document.trust.sha256 }}).</p>
{% if document.trust.notes or document.notes %}<ul class="plain">
{% for note in document.trust.notes + document.notes %}<li>{{ note }}</li>{% endfor %}</ul>{% endif %}
{% if document.discovery %}<h4 class="label">How the endpoints were found</h4><ul class="plain">
{% for step in document.discovery %}<li>{{ step.step }} {{ step.url }}: {{ step.outcome }}
{% if step.detail %}({{ step.detail }}){% endif %}</li>{% endfor %}</ul>{% endif %}
{% if document.endpoints %}<h4 class="label">Connections</h4><ul class="plain">
{% for endpoint in document.endpoints %}
<li>{{ endpoint.url }}{% if endpoint.address %} at {{ endpoint.address }}{% endif %},
found by {{ endpoint.found_by }}
{% if endpoint.proxy %}, through the proxy {{ endpoint.proxy }}{% endif %}
{% if endpoint.tls %}<br>{{ endpoint.tls.protocol }}, {{ endpoint.tls.cipher }}{% endif %}
{% for exchange in endpoint.http %}<br>{{ exchange.method }} answered
{% if exchange.status is none %}nothing{% else %}{{ exchange.status }} {{ exchange.reason }}{% endif %}
{% if exchange.note %}({{ exchange.note }}){% endif %}{% endfor %}
{% if endpoint.failure %}<br>broke in phase {{ endpoint.failure.phase }}: {{ endpoint.failure.kind }}
{% if endpoint.failure.detail %}({{ endpoint.failure.detail }}){% endif %}{% endif %}</li>
{% endfor %}</ul>{% endif %}
{% if document.retrievals %}<h4 class="label">Also contacted, because the caller would</h4><ul class="plain">
{% for retrieval in document.retrievals %}
<li>{{ retrieval.kind }} {{ retrieval.url }}: {{ retrieval.outcome }}
{% if retrieval.detail %}({{ retrieval.detail }}){% endif %}</li>{% endfor %}</ul>{% endif %}
</details>
{% endmacro %}
"""

_BODY = (
    """
<a class="skip" href="#overview">Skip to the overview</a>
<header class="top"><div class="wrap"><div>
<h1>Federation partners: what your Exchange would meet</h1>
<p class="soft">As of {{ now | moment }}{% if tool %}, {{ tool.name }} {{ tool.version }}{% endif %}.
Predicted from outside, without credentials.</p></div>
<button type="button" id="theme" aria-pressed="false" data-needs-script hidden>Dark</button>
</div></header>
<main class="wrap">
<ul class="counts" aria-label="How many partners have which verdict">
{% for outcome in urgency %}
<li class="{{ outcome }}{{ ' none' if not counts[outcome] }}"><strong>{{ counts[outcome] }}</strong>
<span aria-hidden="true">{{ marks[outcome] }}</span> {{ verdicts[outcome] }}</li>
{% endfor %}</ul>
{% if unchanged %}<p class="sentence">{{ unchanged | capitalize }}.</p>{% endif %}
"""
    + _OVERVIEW
    + """
{% if upcoming %}
<section class="card whole" aria-labelledby="next"><h2 id="next">What changes next</h2>
{{ upcoming_events(upcoming) }}</section>
{% endif %}
{% for partner in partners %}
<section class="card partner {{ partner.document.outcome }}" id="{{ partner.anchor }}"
 aria-labelledby="{{ partner.anchor }}-name" data-outcome="{{ partner.document.outcome }}"
 data-search="{{ partner.search }}">
<header><h3 id="{{ partner.anchor }}-name">{{ partner.document.target.input | brief(260) }}</h3>
{{ badge(partner.document.outcome, true) }}
{% for tag in partner.document.tags %}<span class="tag">{{ tag | brief(40) }}</span>{% endfor %}
{% if partner.sparkline %}{{ spark(partner.sparkline) }}{% endif %}</header>
{% if not partner.groups %}<p class="sentence">{{ partner.headline }}</p>{% endif %}
{% for group in partner.groups %}{{ verdict(group, partner.anchor ~ "-" ~ loop.index) }}{% endfor %}
{{ evidence(partner.document) }}
<p class="soft"><a href="#overview">Back to the overview</a></p></section>
{% endfor %}
<footer>Verdicts are predictions of what a .NET Framework client on Windows would do; “cannot tell” is no
success.</footer>
</main>
"""
)

_ICON = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E"
    "%3Cpath d='M8 1l6 2v5c0 4-3 6-6 7-3-1-6-3-6-7V3z' fill='%230b57a4'/%3E%3C/svg%3E"
)

PAGE = (
    _BADGE
    + PICTURES
    + _VERDICT
    + _EVIDENCE
    + """{% set history = partners | selectattr("sparkline") | list %}<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{{ policy | e }}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>Federation partners: {{ verdicts[outcome] }}</title>
<link rel="icon" href=\""""
    + _ICON
    + """\">
<style>{{ style | safe }}</style></head><body>
"""
    + _BODY
    + "<script>{{ script | safe }}</script>\n</body></html>\n"
)
