"""The page's style: light, dark and print. A state has a word or a shape besides its colour (WCAG 1.4.1)."""

STYLE = """
:root {
  color-scheme: light dark;
  --paper: #f5f6f8; --card: #ffffff; --ink: #1b1f24; --soft: #57606a; --line: #d8dde3; --code: #f3f4f6;
  --accent: #0b57a4; --failure: #b3261e; --unknown: #6639a6; --warning: #7d5200; --success: #17693d;
  --failure-bg: #fdecea; --unknown-bg: #f3ecfc; --warning-bg: #fdf3dc; --success-bg: #e7f5ec; --on: #ffffff;
}
@media (prefers-color-scheme: dark) { :root:not([data-theme=light]) {
  --paper: #0f1318; --card: #171c23; --ink: #e6eaef; --soft: #a3adb8; --line: #2f3741; --code: #10151b;
  --accent: #7ab8ff; --failure: #ff9d94; --unknown: #cdb0ff; --warning: #f0c264; --success: #7fd8a5;
  --failure-bg: #371a1a; --unknown-bg: #261c38; --warning-bg: #332810; --success-bg: #12301f; --on: #10151b;
} }
:root[data-theme=dark] {
  color-scheme: dark;
  --paper: #0f1318; --card: #171c23; --ink: #e6eaef; --soft: #a3adb8; --line: #2f3741; --code: #10151b;
  --accent: #7ab8ff; --failure: #ff9d94; --unknown: #cdb0ff; --warning: #f0c264; --success: #7fd8a5;
  --failure-bg: #371a1a; --unknown-bg: #261c38; --warning-bg: #332810; --success-bg: #12301f; --on: #10151b;
}
:root[data-theme=light] { color-scheme: light; }
* { box-sizing: border-box; }
[hidden] { display: none !important; }
html { scroll-behavior: smooth; scroll-padding-top: 1rem; }
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 15px/1.55 "Segoe UI", system-ui, -apple-system, "Helvetica Neue", Arial, "Liberation Sans",
  sans-serif; }
.wrap { max-width: 1120px; margin: 0 auto; padding: 0 1.25rem; }
a { color: var(--accent); text-underline-offset: .15em; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 3px; }
.skip { position: absolute; left: -999rem; top: 0; background: var(--card); padding: .5rem 1rem; z-index: 9; }
.skip:focus { left: .5rem; }
.sr { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%);
  white-space: nowrap; }
h1 { font-size: 1.55rem; line-height: 1.25; margin: 0; font-weight: 650; letter-spacing: -.01em; }
h2 { font-size: 1.15rem; margin: 0 0 .75rem; font-weight: 650; }
h3 { font-size: 1.3rem; margin: 0; font-weight: 650; overflow-wrap: anywhere; }
h4 { font-size: 1.02rem; margin: 0; font-weight: 650; }
h5, h4.label { font-size: .78rem; margin: 1.4rem 0 .4rem; font-weight: 650; letter-spacing: .05em;
  text-transform: uppercase; color: var(--soft); }
p { margin: .4rem 0; }
code, pre { font: .86rem/1.5 "Cascadia Mono", Consolas, "DejaVu Sans Mono", Menlo, monospace; }
.top { background: var(--card); border-bottom: 1px solid var(--line); padding: 1.6rem 0 1.2rem; }
.top .wrap { display: flex; gap: 1rem; align-items: flex-start; justify-content: space-between; }
.soft { color: var(--soft); font-size: .9rem; }
button { font: inherit; font-size: .86rem; color: var(--ink); background: var(--card); cursor: pointer;
  border: 1px solid var(--line); border-radius: 6px; padding: .3rem .7rem; white-space: nowrap; }
button:hover { border-color: var(--accent); color: var(--accent); }
.counts { display: grid; grid-template-columns: repeat(4, minmax(0, 1fr)); gap: .75rem;
  margin: 1.4rem 0; padding: 0; list-style: none; }
.counts li { background: var(--card); border: 1px solid var(--line); border-left: 4px solid var(--tone);
  border-radius: 8px; padding: .7rem 1rem; }
.counts strong { display: block; font-size: 1.7rem; line-height: 1.2; font-weight: 650; color: var(--tone); }
.counts .none strong { color: var(--soft); }
.failure { --tone: var(--failure); --tint: var(--failure-bg); }
.unknown { --tone: var(--unknown); --tint: var(--unknown-bg); }
.warning { --tone: var(--warning); --tint: var(--warning-bg); }
.success { --tone: var(--success); --tint: var(--success-bg); }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 1.2rem 1.4rem;
  margin: 0 0 1.25rem; }
.badge { display: inline-block; background: var(--tint); color: var(--tone); border: 1px solid currentColor;
  border-radius: 99px; padding: .05rem .65rem; font-size: .8rem; font-weight: 650; white-space: nowrap; }
.badge.solid { background: var(--tone); color: var(--on); border-color: var(--tone); }
.filter { display: flex; flex-wrap: wrap; gap: .6rem 1rem; align-items: center; margin-bottom: .9rem; }
.filter input[type=search] { font: inherit; color: inherit; background: var(--paper);
  border: 1px solid var(--line);
  border-radius: 6px; padding: .4rem .7rem; width: 17rem; max-width: 100%; }
.filter fieldset { border: 0; margin: 0; padding: 0; display: flex; flex-wrap: wrap; gap: .3rem .9rem; }
.filter label { display: inline-flex; gap: .35rem; align-items: center; font-size: .9rem; }
.filter fieldset input { accent-color: var(--tone); width: 1rem; height: 1rem; margin: 0; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .92rem; }
th { text-align: left; font-size: .78rem; font-weight: 650; color: var(--soft); letter-spacing: .03em; }
th, td { padding: .55rem .8rem .55rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
tbody tr:last-child > * { border-bottom: 0; }
tbody th { font-size: .92rem; color: inherit; letter-spacing: 0; overflow-wrap: anywhere; min-width: 9rem; }
td.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
th.number { text-align: right; }
td.why { min-width: 16rem; overflow-wrap: anywhere; }
td.fix { white-space: nowrap; }
.overview td:first-child { width: 9.5rem; }
.overview .badge { white-space: normal; border-radius: 12px; }
.partner { border-top: 4px solid var(--tone); content-visibility: auto; contain-intrinsic-size: auto 900px; }
.partner > header { display: flex; flex-wrap: wrap; gap: .3rem .9rem; align-items: center; }
.partner > header .spark { margin-left: auto; }
.sentence { font-size: 1.08rem; margin: .7rem 0 .2rem; overflow-wrap: anywhere; }
.verdict { border-top: 1px solid var(--line); margin-top: 1.3rem; padding-top: 1.1rem; }
.verdict > header { display: flex; flex-wrap: wrap; gap: .3rem .7rem; align-items: center; }
figure { margin: 1rem 0 0; }
figcaption { font-size: .85rem; color: var(--soft); margin-bottom: .3rem; }
pre { margin: 0; padding: .8rem 1rem; background: var(--code); border: 1px solid var(--line);
  border-radius: 6px; white-space: pre-wrap; overflow-wrap: anywhere; }
.log pre { border-left: 4px solid var(--tone); }
.log pre span { display: block; padding-left: 1.5rem; text-indent: -1.5rem; }
.todo { list-style: none; margin: 0; padding: 0; display: grid; gap: .6rem; }
.todo li { border: 1px solid var(--line); border-radius: 8px; padding: .7rem 1rem; overflow-wrap: anywhere; }
.todo li.proved { border-left: 4px solid var(--success); }
.who { font-weight: 650; }
.proof { color: var(--success); font-weight: 650; font-size: .85rem; }
.command { display: flex; gap: .6rem; align-items: flex-start; margin-top: .5rem; }
.command pre { flex: 1; min-width: 0; }
.findings { margin: 0; padding-left: 1.1rem; overflow-wrap: anywhere; }
.findings li { margin: .25rem 0; }
.tag { font-size: .82rem; color: var(--soft); }
ul.plain { margin: .3rem 0; padding-left: 1.1rem; overflow-wrap: anywhere; }
details { margin-top: 1.1rem; }
summary { cursor: pointer; color: var(--accent); font-size: .92rem; }
details table, details ul { font-size: .87rem; }
details td { overflow-wrap: anywhere; }
svg { display: block; max-width: none; }
svg text { fill: var(--ink);
  font: 12px "Segoe UI", system-ui, "Helvetica Neue", Arial, "Liberation Sans", sans-serif; }
svg .small { fill: var(--soft); font-size: 11px; }
svg .name { font-size: 14px; font-weight: 650; }
svg .role { font-size: 11px; font-weight: 650; fill: var(--soft); }
svg .box { fill: var(--card); stroke: var(--soft); stroke-width: 1.25; }
svg .retrieved { stroke-dasharray: 7 4; }
svg .store { stroke-width: 3; }
svg .bad .box { fill: var(--failure-bg); stroke: var(--failure); }
svg .bad .flag { fill: var(--failure); font-weight: 650; }
svg .ok .flag { fill: var(--success); }
svg .missing .box { fill: none; stroke: var(--failure); stroke-dasharray: 3 4; }
svg .missing .name { fill: var(--failure); }
svg .link { stroke: var(--soft); stroke-width: 1.25; fill: none; }
svg .head { fill: var(--soft); }
svg .grid { stroke: var(--line); }
svg .now { stroke: var(--accent); stroke-width: 2; }
svg .now-text { fill: var(--accent); font-size: 11px; font-weight: 650; }
svg .track { stroke: var(--line); stroke-width: 1; }
svg .expiry { fill: var(--warning); }
svg .flip { fill: var(--card); stroke: var(--ink); stroke-width: 2.5; }
svg .past { fill: var(--failure); }
svg .bar { fill: var(--success-bg); stroke: var(--success); }
svg .bar.bad { fill: var(--failure-bg); stroke: var(--failure); }
svg rect.failure, svg rect.unknown, svg rect.warning, svg rect.success { fill: var(--tone); }
.key { font-size: .82rem; color: var(--soft); margin: .4rem 0 0; }
footer { color: var(--soft); font-size: .85rem; padding: .5rem 0 2.5rem; }
@media screen and (max-width: 960px) {
  .overview thead { display: none; }
  .overview tr { display: block; border-bottom: 1px solid var(--line); padding: .6rem 0; }
  .overview tbody tr:last-child { border-bottom: 0; }
  .overview th, .overview td { display: block; border: 0; padding: .1rem 0; text-align: left; }
  .overview td[data-name]::before { content: attr(data-name) ": "; color: var(--soft); font-size: .85rem; }
}
@media (max-width: 720px) {
  .counts { grid-template-columns: repeat(2, minmax(0, 1fr)); }
  .card { padding: 1rem; border-radius: 8px; }
  .command { flex-direction: column; }
  .command pre { width: 100%; }
}
@media print {
  :root, :root[data-theme=dark], :root:not([data-theme=light]) {
    color-scheme: light; --paper: #fff; --card: #fff; --ink: #000; --soft: #444; --line: #bbb; --code: #fff;
    --accent: #000; --failure: #b3261e; --unknown: #6639a6; --warning: #7d5200; --success: #17693d;
    --failure-bg: #fff; --unknown-bg: #fff; --warning-bg: #fff; --success-bg: #fff; --on: #fff; }
  body { font-size: 9.5pt; }
  .overview th, .overview td { padding: .3rem .5rem .3rem 0; font-size: 9pt; }
  .overview .badge { white-space: nowrap; font-size: 8pt; }
  .wrap { max-width: none; padding: 0; }
  .filter, .skip, button, .top button { display: none !important; }
  .card { border-radius: 0; padding: .6rem .8rem; }
  .badge.solid { background: none; color: var(--tone); }
  .partner { break-before: page; content-visibility: visible; }
  .whole, figure, .todo li, tr, h3, h4, h5 { break-inside: avoid; }
  h3, h4, h5, figcaption { break-after: avoid; }
  .scroll { overflow: visible; }
  svg:not(.spark) { max-width: 100%; height: auto; }
}
@page { margin: 15mm; }
"""
