"""The SVG macros of the template: chain picture, what changes next, validity; no geometry of their own."""

from __future__ import annotations

PICTURES = """
{% macro chain(picture) %}
<div class="scroll" tabindex="0" role="group" aria-label="Picture of the chain, scrolls sideways">
<svg role="img" width="{{ picture.width }}" height="{{ picture.height }}"
 viewBox="0 0 {{ picture.width }} {{ picture.height }}" aria-label="{{ picture.alternative }}">
{% for box in picture.boxes %}
<g class="{{ box.css }}"><title>{{ box.full }}</title>
{% if not loop.first %}
{% set tip = box.x - 2 %}
<path class="link" d="M{{ box.x - boxes.GAP }} 79H{{ tip - 8 }}"/>
<path class="head" d="M{{ tip }} 79l-9 -5v10z"/>
<text class="small" x="{{ box.x - boxes.GAP / 2 - 3 }}" y="71" text-anchor="middle">issued by</text>
{% endif %}
<rect class="box {{ box.source }}" x="{{ box.x }}" y="4" width="{{ boxes.BOX_WIDTH }}"
 height="{{ boxes.BOX_HEIGHT }}" rx="8"/>
<text class="role" x="{{ box.x + 14 }}" y="27">{{ box.role }}</text>
<text class="small" x="{{ box.x + boxes.BOX_WIDTH - 14 }}" y="27" text-anchor="end">{{ box.source }}</text>
<svg x="{{ box.x + 14 }}" y="36" width="{{ boxes.BOX_WIDTH - 22 }}" height="42">
{% for line in box.name %}
<text class="name" x="0" y="{{ 16 + 18 * loop.index0 }}">{{ line }}</text>
{% endfor %}</svg>
<text class="small" x="{{ box.x + 14 }}" y="92">{{ box.validity }}</text>
{% for flag in box.flags %}
<text class="flag" x="{{ box.x + 14 }}" y="{{ 113 + 16 * loop.index0 }}">{{ flag }}</text>
{% endfor %}
</g>
{% endfor %}
</svg></div>
{% endmacro %}
{% macro axis(line) %}
{% for tick in line.ticks %}
<path class="grid" d="M{{ tick.x }} 20V{{ line.height }}"/>
<text class="small" x="{{ tick.x }}" y="13" text-anchor="middle">{{ tick.text }}</text>
{% endfor %}
{% endmacro %}
{% macro upcoming_events(line) %}
<div class="scroll" tabindex="0" role="group" aria-label="What changes next, scrolls sideways">
<svg aria-hidden="true" width="{{ line.width }}" height="{{ line.height }}"
 viewBox="0 0 {{ line.width }} {{ line.height }}">
{{ axis(line) }}
{% for mark in line.marks %}
<g><title>{{ mark.words }}</title>
<text x="0" y="{{ mark.y + 4 }}">{{ mark.label }}</text>
<text class="small" x="{{ mark.x + 13 }}" y="{{ mark.y + 4 }}">{{ mark.distance }}</text>
<path class="track" d="M{{ chart.LABEL_WIDTH }} {{ mark.y }}H{{ mark.x }}"/>
{% if mark.kind == "flip" %}
<circle class="flip{{ ' past' if mark.past }}" cx="{{ mark.x }}" cy="{{ mark.y }}" r="5.5"/>
{% else %}
<path class="expiry{{ ' past' if mark.past }}" d="M{{ mark.x }} {{ mark.y - 7 }}l7 7l-7 7l-7 -7z"/>
{% endif %}</g>
{% endfor %}
<path class="now" d="M{{ line.now_x }} 20V{{ line.height }}"/>
</svg></div>
<p class="key" aria-hidden="true">○ the verdict changes by itself &nbsp; ◆ a certificate in use expires
&nbsp; │ today</p>
<ul class="sr">{% for mark in line.marks %}<li>{{ mark.label }}: {{ mark.words }}</li>{% endfor %}</ul>
{% endmacro %}
{% macro validity_bars(line) %}
<div class="scroll" tabindex="0" role="group" aria-label="Validity of each certificate, scrolls sideways">
<svg aria-hidden="true" width="{{ line.width }}" height="{{ line.height }}"
 viewBox="0 0 {{ line.width }} {{ line.height }}">
{{ axis(line) }}
{% for bar in line.bars %}
<g><title>{{ bar.words }}</title>
<text x="0" y="{{ bar.y + 12 }}">{{ bar.label }}</text>
<rect class="bar {{ bar.css }}" x="{{ bar.x }}" y="{{ bar.y }}" width="{{ bar.width }}" height="15"
 rx="3"/></g>
{% endfor %}
<path class="now" d="M{{ line.now_x }} 20V{{ line.height }}"/>
</svg></div>
{% endmacro %}
"""
