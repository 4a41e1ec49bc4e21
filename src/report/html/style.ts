/** The style of the page: system fonts, one column, colours for light and dark, paper, and screens from 390 px. */
export const style = `
:root {
  color-scheme: light dark;
  --page: #fcfcfb; --card: #f4f4f1; --ink: #1c2024; --muted: #5a626b; --rule: #c9cdd1; --grid: #e6e7e6; --link: #0a5a9c; --band: #e3e6e8; --shade: #1c202426;
  --good: #00694f; --bad: #a83c00;
  --c1: #0b6bb0; --c2: #c44e00; --c3: #00795c; --c4: #a3457f; --c5: #7a6000; --c6: #4b4fa8; --c7: #5f6b6b; --c8: #8c2d19;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --page: #14171a; --card: #1d2125; --ink: #e7e9ea; --muted: #a3abb2; --rule: #474d53; --grid: #2a2f34; --link: #7fc0f5; --band: #2c3238; --shade: #000a;
    --good: #3fd3a6; --bad: #ff9d66;
    --c1: #56b4e9; --c2: #ff9a5c; --c3: #2fd0a0; --c4: #e79ac6; --c5: #e6c84a; --c6: #a9adff; --c7: #b4c0c0; --c8: #ff8d7b;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-padding-top: 1rem; }
body {
  margin: 0 auto; padding: 0 1.5rem 4rem; max-width: 62rem; background: var(--page); color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif; overflow-wrap: anywhere;
}
header, footer { display: flex; flex-wrap: wrap; gap: 0 1.5rem; justify-content: space-between; color: var(--muted); font-size: .875rem; }
header { padding: 1.5rem 0; }
footer { margin-top: 4rem; padding-top: 1rem; border-top: 1px solid var(--grid); }
.brand { color: var(--ink); font-weight: 650; letter-spacing: .01em; }
.skip { position: absolute; left: -100vw; }
.skip:focus { left: 1rem; top: .5rem; background: var(--page); padding: .25rem .5rem; }
a { color: var(--link); text-underline-offset: .15em; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
h1, h2, h3 { line-height: 1.25; text-wrap: balance; font-weight: 650; letter-spacing: -.01em; }
h1, article > h2 { font-size: clamp(1.6rem, 1.1rem + 2.2vw, 2.25rem); margin: 0 0 1.25rem; }
section > h2, section > h3 { font-size: 1.3rem; margin: 0 0 1rem; }
section { margin-top: 3.25rem; }
article { margin-top: 1.5rem; }
nav[aria-label=Runs] { margin-bottom: 3.5rem; }
section + article, article + article { margin-top: 5rem; padding-top: 3rem; border-top: 1px solid var(--rule); }
.run { color: var(--muted); font-size: .875em; }
p { margin: 0 0 1rem; max-width: 44rem; }
.lab { color: var(--muted); font-size: .95rem; margin: 0 0 .35rem; }
.lead { font-size: clamp(1.15rem, 1rem + .7vw, 1.4rem); line-height: 1.4; font-weight: 600; max-width: 48rem; margin-bottom: 1rem; }
.lead .note { font-size: .75em; }
.lead .about { display: block; font-weight: 400; font-size: .8em; color: var(--muted); margin-bottom: .1rem; }
.note { color: var(--muted); font-weight: 400; font-size: .875em; }
.part { font-weight: 600; margin: 1.25rem 0 .4rem; }
ul.notes { margin: 0 0 1rem; padding-left: 1.1rem; max-width: 54rem; }
ul.notes li { margin: .3rem 0; font-size: .9375rem; }
ul.notes li::marker { color: var(--muted); }
dl.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(15rem, 100%), 1fr)); gap: 1rem 2rem; margin: 1.75rem 0 0; padding: 1rem 0; border: solid var(--grid); border-width: 1px 0; }
dl.facts dt { color: var(--muted); font-size: .8125rem; margin-bottom: .15rem; }
dl.facts dd { margin: 0; font-size: .9375rem; }
nav.sections ul { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; list-style: none; padding: 0; margin: 1rem 0 0; font-size: .875rem; }
.scroll {
  overflow-x: auto; margin: 0 0 1.5rem; max-width: 100%;
  /* A shadow on the side where more can be scrolled to; covers travel with the table, shadows stay. */
  background:
    linear-gradient(to right, var(--page) 40%, transparent) 0 0 / 2rem 100% no-repeat local,
    linear-gradient(to left, var(--page) 40%, transparent) 100% 0 / 2rem 100% no-repeat local,
    linear-gradient(to right, var(--shade), transparent) 0 0 / .75rem 100% no-repeat,
    linear-gradient(to left, var(--shade), transparent) 100% 0 / .75rem 100% no-repeat;
}
.long { max-height: 40rem; overflow-y: auto; border-bottom: 1px solid var(--rule); }
.long thead th { position: sticky; top: 0; background: var(--page); box-shadow: 0 1px var(--rule); }
table { border-collapse: collapse; width: 100%; font-size: .875rem; font-variant-numeric: tabular-nums; }
caption { text-align: start; font-weight: 600; padding: 0 0 .5rem; font-size: .9375rem; }
caption div { position: sticky; left: 0; max-width: calc(100vw - 2rem); }
th, td { padding: .4rem .9rem .4rem 0; text-align: start; vertical-align: top; border-bottom: 1px solid var(--grid); min-width: 4.5rem; }
th:last-child, td:last-child { padding-right: 0; }
thead th { color: var(--muted); font-weight: 400; font-size: .8125rem; border-bottom-color: var(--rule); vertical-align: bottom; white-space: nowrap; }
tbody th { font-weight: 400; min-width: 13rem; }
.number { text-align: end; white-space: nowrap; }
tbody tr:hover > * { background: var(--card); }
button { font: inherit; color: inherit; }
.sort { background: none; border: 0; padding: 0; pointer-events: none; text-align: inherit; white-space: nowrap; }
.scripted .sort { cursor: pointer; pointer-events: auto; }
.scripted .sort:hover { color: var(--ink); text-decoration: underline; text-underline-offset: .2em; }
.scripted .sort::after { content: '↕'; display: inline-block; width: 1.1em; text-align: end; opacity: .45; }
.scripted [aria-sort=ascending] .sort::after { content: '↑'; opacity: 1; }
.scripted [aria-sort=descending] .sort::after { content: '↓'; opacity: 1; }
#download { background: var(--card); border: 1px solid var(--rule); border-radius: .35rem; padding: .4rem .8rem; cursor: pointer; }
.verdict + .note { display: block; min-width: 9rem; }
.verdict { white-space: nowrap; font-weight: 600; }
.faster { color: var(--good); }
.slower { color: var(--bad); }
.cannot-tell, .none { color: var(--muted); font-weight: 400; }
.strip { display: block; }
.strip .band { fill: var(--band); }
.strip .one { stroke: var(--muted); stroke-width: 1; }
.strip .whisker { stroke: var(--c1); stroke-width: 1.75; fill: none; }
.strip .ratio { fill: var(--c1); }
figure { margin: 0 0 2.5rem; }
figcaption { font-weight: 600; font-size: .9375rem; margin-bottom: .5rem; }
.legend { list-style: none; margin: 0 0 .5rem; padding: 0; display: flex; flex-wrap: wrap; gap: .2rem 1.25rem; font-size: .875rem; }
.legend li { display: flex; gap: .45rem; align-items: baseline; max-width: 100%; }
.legend svg { flex: none; transform: translateY(2px); }
.chart svg { display: block; width: 100%; height: auto; }
.legend li svg { width: 28px; }
.narrow { display: none; }
details { margin: .25rem 0 0; }
summary { color: var(--muted); font-size: .875rem; cursor: pointer; width: fit-content; }
details[open] > summary { margin-bottom: .75rem; }
details.more > summary { color: var(--link); }
details.more[open] > summary { margin-bottom: 1rem; }
.hop { border: 1px solid var(--rule); border-radius: .4rem; padding: .1rem .5rem; }
.hop.kernel { border-style: dashed; }
.hop.process { border: 2px solid var(--c2); background: var(--card); }
span.hop { display: inline-block; font-size: .875rem; margin: .1rem .15rem .1rem 0; }
.path { margin: 0 0 1.75rem; }
.path p { margin: 0 0 .5rem; font-size: .9375rem; max-width: none; }
.path ol { display: flex; align-items: stretch; gap: 1.75rem; list-style: none; margin: 0; padding: 0; }
.path li { flex: 1 1 0; position: relative; padding: .45rem .65rem; font-size: .8125rem; line-height: 1.45; min-width: 0; }
.path li + li::before { content: '→'; position: absolute; left: -1.75rem; width: 1.75rem; top: 50%; transform: translateY(-50%); text-align: center; color: var(--muted); }
.path .kind { display: block; color: var(--muted); font-size: .75rem; }
.path .process .kind { color: var(--bad); font-weight: 600; }
pre { background: var(--card); padding: .8rem 1rem; border-radius: .4rem; overflow-x: auto; font-size: .875rem; }
code { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-size: .95em; }
@media screen and (max-width: 46rem) {
  body { padding: 0 1rem 3rem; }
  .wide { display: none; }
  .narrow { display: block; }
  .path ol { flex-direction: column; gap: 1.4rem; }
  .path li + li::before { content: '↓'; left: .65rem; top: -1.4rem; width: auto; transform: none; }
}
@media print {
  :root { --page: #fff; --card: #f6f6f6; --ink: #000; --muted: #444; }
  body { max-width: none; padding: 0; font-size: 10pt; }
  nav, .skip, #download, summary { display: none; }
  .scripted .sort::after { content: none; }
  thead { display: table-row-group; }
  .scroll { overflow: visible; max-height: none; background: none; }
  section { margin-top: 2rem; }
  figure, .path, tr, dl.facts, .lead { break-inside: avoid; }
  h2, h3, caption, figcaption, .part, h2 + p, h3 + p { break-after: avoid; }
  article + article { break-before: page; }
  a { color: inherit; text-decoration: none; }
}
`;
