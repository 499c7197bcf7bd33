import { ink } from "./chart_spec.ts";

/**
 * The style sheet of a report. Charts are drawn in the colours of a light page; on a dark one their
 * texts and lines take the page's.
 */
export const reportStyle: string = `:root {
  --page: #ffffff; --card: #f6f8fa; --ink: ${ink.strong}; --soft: ${ink.soft}; --line: ${ink.line};
  --accent: #0072b2;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --page: #14181d; --card: #1c2229; --ink: #e6eaee; --soft: #a3aeb9; --line: #343d47;
    --accent: #56b4e9;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--page); color: var(--ink);
  font: 16px/1.55 system-ui, "Segoe UI", "DejaVu Sans", Arial, sans-serif;
}
main, footer { max-width: 1120px; margin: 0 auto; padding: 0 24px; }
h1 { font-size: 1.9em; line-height: 1.2; margin: 1.2em 0 0.3em; }
h2 { font-size: 1.25em; margin: 2em 0 0.5em; }
h3 { font: 600 0.9em ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; margin: 0; }
p { max-width: 72ch; margin: 0.5em 0; }
.summary { font-size: 1.15em; color: var(--soft); }
.verdicts { padding-left: 1.2em; margin: 0.6em 0; }
.charts { display: flex; flex-wrap: wrap; gap: 16px; }
figure { margin: 0.5em 0; max-width: 100%; }
figure svg { max-width: 100%; height: auto; display: block; }
figure svg > rect[fill="white"] { fill: none; }
figure svg text { fill: var(--ink); }
figure svg [stroke="${ink.line}"] { stroke: var(--line); }
figure svg [stroke="${ink.strong}"], figure svg [stroke="#000000"] { stroke: var(--ink); }
figure svg [stroke="${ink.soft}"] { stroke: var(--soft); }
figure svg [fill="${ink.strong}"], figure svg [fill="#000000"] { fill: var(--ink); }
.table { overflow-x: auto; margin: 0.8em 0; }
table { border-collapse: collapse; font-size: 0.88em; font-variant-numeric: tabular-nums; }
th, td { padding: 5px 12px; border-bottom: 1px solid var(--line); white-space: nowrap; }
th { color: var(--soft); font-weight: 600; }
tbody tr:hover { background: var(--card); }
.listings {
  display: grid; gap: 14px; margin: 0.8em 0;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 340px), 1fr));
}
article {
  background: var(--card); border: 1px solid var(--line); border-radius: 6px; padding: 12px 14px;
  min-width: 0;
}
article p { color: var(--soft); font-size: 0.85em; margin: 2px 0 0; }
pre {
  margin: 8px 0 0; overflow-x: auto; tab-size: 2;
  font: 12.5px/1.5 ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace;
}
footer { color: var(--soft); font-size: 0.82em; padding-bottom: 48px; }
footer h2 { font-size: 1.1em; border-top: 1px solid var(--line); padding-top: 1.2em; }
dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(240px, 1fr)); gap: 6px 24px; }
dt { font-weight: 600; }
dd { margin: 0; overflow-wrap: anywhere; }
@media print {
  body { font-size: 10.5pt; }
  main, footer { max-width: none; padding: 0; }
  figure, article, tr, dl div { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
  pre { white-space: pre-wrap; }
  .table { overflow: visible; }
  table { font-size: 7.5pt; }
  th, td { padding: 3px 6px; }
}
`;
