import { darkColors, ink, paper } from "./chart_colors.ts";

/** Charts are drawn in the colours of a light page; on a dark one these stand for them. */
const darkCharts = Object.entries(darkColors).map(([light, dark]) =>
  `  svg [fill="${light}"] { fill: ${dark}; } svg [stroke="${light}"] { stroke: ${dark}; }`
).join("\n");

/** The style sheet of a report: light and dark, on screens of any width, and on paper. */
export const reportStyle = `:root {
  --page: #ffffff; --card: #f6f8fa; --ink: ${ink.strong}; --soft: ${ink.soft}; --line: ${ink.line};
  --accent: #0067a3;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --page: ${darkColors[paper.page]}; --card: #1c2229; --ink: ${darkColors[ink.strong]};
    --soft: ${darkColors[ink.soft]}; --line: ${darkColors[ink.line]}; --accent: #56b4e9;
  }
${darkCharts}
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--page); color: var(--ink);
  font: 16px/1.55 system-ui, "Segoe UI", "DejaVu Sans", Arial, sans-serif;
}
main, footer { max-width: 1240px; margin: 0 auto; padding: 0 24px; }
h1 { font-size: 1.9em; line-height: 1.2; margin: 1.2em 0 0.3em; overflow-wrap: anywhere; }
h2 { font-size: 1.25em; margin: 2em 0 0.5em; }
h3 { font: 600 0.9em ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; margin: 0; }
p { max-width: 76ch; margin: 0.5em 0; }
.summary { font-size: 1.1em; color: var(--soft); }
.hint { color: var(--soft); font-size: 0.85em; }
.verdicts { padding-left: 1.2em; margin: 0.6em 0; max-width: 84ch; }
.charts { display: flex; flex-wrap: wrap; gap: 16px; }
figure { margin: 0.5em 0; max-width: 100%; }
.charts svg { max-width: 100%; height: auto; display: block; }
svg [role="graphics-symbol"]:hover { filter: brightness(1.12); }
.table { overflow-x: auto; margin: 0.8em 0 0.2em; }
table { border-collapse: collapse; font-size: 0.88em; font-variant-numeric: tabular-nums; }
th, td { padding: 5px 12px; border-bottom: 1px solid var(--line); white-space: nowrap; text-align: left; }
th.number, td.number { text-align: right; }
td.long { white-space: normal; min-width: 36ch; max-width: 64ch; overflow-wrap: anywhere; }
th { color: var(--soft); font-weight: 600; vertical-align: bottom; }
th button { all: unset; cursor: pointer; }
th button:hover, th button:focus-visible { color: var(--accent); text-decoration: underline; }
th[aria-sort] { color: var(--accent); }
th[aria-sort="ascending"] button::after { content: " \\2191"; }
th[aria-sort="descending"] button::after { content: " \\2193"; }
tbody tr:hover { background: var(--card); }
.folded { display: none; }
button.more {
  font: inherit; font-size: 0.85em; color: var(--accent); background: none; cursor: pointer;
  border: 1px solid var(--line); border-radius: 6px; padding: 3px 12px; margin: 4px 0;
}
summary { cursor: pointer; color: var(--accent); font-size: 0.85em; margin-top: 6px; }
.listings {
  display: grid; gap: 14px; margin: 0.8em 0; align-items: start;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 340px), 1fr));
}
article {
  background: var(--card); border: 1px solid var(--line); border-radius: 6px; padding: 12px 14px;
  min-width: 0;
}
article p { color: var(--soft); font-size: 0.85em; margin: 2px 0 0; }
pre {
  margin: 8px 0 0; overflow: auto; tab-size: 2; max-height: 32em;
  font: 12.5px/1.5 ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace;
}
.graph { display: grid; gap: 16px; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); }
.graph figure { max-height: 720px; overflow: auto; border: 1px solid var(--line); border-radius: 6px; }
.graph figure svg { display: block; margin: 0 auto; }
.graph aside { max-height: 720px; overflow: auto; min-width: 0; }
.graph g[data-node] { cursor: pointer; }
.graph g[data-node]:focus-visible, .graph g.chosen { outline: 2px solid var(--accent); }
.graph dl { grid-template-columns: 1fr; gap: 2px; font-size: 0.85em; margin: 8px 0; }
.graph dl div { display: grid; grid-template-columns: 10em 1fr; }
footer { color: var(--soft); font-size: 0.82em; padding-bottom: 48px; }
footer h2 { font-size: 1.1em; border-top: 1px solid var(--line); padding-top: 1.2em; }
dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(240px, 1fr)); gap: 6px 24px; }
dt { font-weight: 600; }
dd { margin: 0; overflow-wrap: anywhere; }
#tip {
  position: fixed; z-index: 9; pointer-events: none; white-space: pre-line; max-width: 42ch;
  background: var(--ink); color: var(--page); border-radius: 5px; padding: 6px 10px;
  font-size: 0.8em; line-height: 1.4; overflow-wrap: anywhere;
}
#tip[hidden] { display: none; }
@media (max-width: 800px) { .graph { grid-template-columns: minmax(0, 1fr); } }
@media print {
  body { font-size: 10.5pt; }
  main, footer { max-width: none; padding: 0; }
  figure, article, tr, dl div { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
  pre { white-space: pre-wrap; max-height: none; }
  .table, .graph figure { overflow: visible; max-height: none; }
  .graph aside, button.more, .hint { display: none; }
  table { font-size: 7.5pt; }
  th, td { padding: 3px 6px; }
  tr.folded { display: table-row; }
}`;

/**
 * The script of a report. What a mark tells stands in its title; rows are sorted by what cells
 * stand for; everything that it hides is there without it.
 */
export const reportScript = `"use strict";
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const make = (tag, text, props) => Object.assign(document.createElement(tag), { textContent: text }, props);

// What a mark tells has a line for every field. Its title would be shown a second time.
for (const title of all("svg title")) {
  title.parentElement.setAttribute("aria-label", title.textContent);
  title.remove();
}
const tip = document.body.appendChild(make("div", "", { id: "tip", hidden: true }));
const told = (target) => {
  const mark = target instanceof Element ? target.closest("svg [aria-label]") : null;
  const text = mark?.getAttribute("aria-label") ?? "";
  return text.includes("\\n") ? text : "";
};
document.addEventListener("pointermove", (event) => {
  const text = told(event.target);
  tip.hidden = text === "";
  if (tip.hidden) return;
  tip.textContent = text;
  const room = (at, size, whole) => at + 14 + size < whole ? at + 14 : Math.max(4, at - size - 10);
  tip.style.left = room(event.clientX, tip.offsetWidth, innerWidth) + "px";
  tip.style.top = room(event.clientY, tip.offsetHeight, innerHeight) + "px";
});
document.addEventListener("scroll", () => (tip.hidden = true), true);

const MOST_ROWS = 16;
const later = (before, element) => (before.after(element), element);
for (const box of all(".table")) {
  const body = box.querySelector("tbody");
  const heads = all("th", box);
  let isOpen = body.rows.length <= MOST_ROWS + 4;
  const fold = () => [...body.rows].forEach((row, at) => row.classList.toggle("folded", !isOpen && at >= MOST_ROWS));
  const valueOf = (row, column) => {
    const cell = row.cells[column];
    return cell.dataset.value === undefined ? cell.textContent : Number(cell.dataset.value);
  };
  heads.forEach((head, column) => {
    const button = make("button", head.textContent, { type: "button", title: "sort" });
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const isNumber = head.classList.contains("number");
      const was = head.getAttribute("aria-sort");
      const order = was === (isNumber ? "descending" : "ascending") ? -1 : 1;
      const sign = isNumber ? -order : order;
      for (const each of heads) each.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", sign > 0 ? "ascending" : "descending");
      const rows = [...body.rows].sort((a, b) => {
        const [x, y] = [valueOf(a, column), valueOf(b, column)];
        if (typeof x !== typeof y) return typeof x === "number" ? -1 : 1;
        return sign * (typeof x === "number" ? x - y : x.localeCompare(y, "en", { numeric: true }));
      });
      body.append(...rows);
      fold();
    });
  });
  let last = box;
  if (!isOpen) {
    const label = () => isOpen ? "fewer rows" : "all " + body.rows.length + " rows";
    const more = make("button", label(), { type: "button", className: "more" });
    last = later(last, more);
    more.addEventListener("click", () => {
      isOpen = !isOpen;
      more.textContent = label();
      fold();
    });
    fold();
  }
  const hint = later(last, make("p", "More columns to the right: scroll.", { className: "hint" }));
  const measure = () => (hint.hidden = box.scrollWidth <= box.clientWidth + 1);
  measure();
  addEventListener("resize", measure);
}

const MOST_VERDICTS = 10;
for (const list of all(".verdicts")) {
  const rest = all("li", list).slice(MOST_VERDICTS);
  if (rest.length < 3) continue;
  for (const item of rest) item.classList.add("folded");
  const more = later(list, make("button", "all " + (rest.length + MOST_VERDICTS), { type: "button", className: "more" }));
  more.addEventListener("click", () => {
    for (const item of rest) item.classList.remove("folded");
    more.remove();
  });
}

for (const graph of all(".graph")) {
  const articles = all("article", graph);
  for (const article of articles) article.hidden = true;
  const choose = (node) => {
    for (const each of all("g.chosen", graph)) each.classList.remove("chosen");
    node.classList.add("chosen");
    for (const article of articles) article.hidden = article.id !== node.dataset.node;
  };
  for (const node of all("g[data-node]", graph)) {
    node.addEventListener("click", () => choose(node));
    node.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === " ") { event.preventDefault(); choose(node); }
    });
  }
  const first = graph.querySelector("g.peak[data-node]") ?? graph.querySelector("g[data-node]");
  if (first) choose(first);
}`;
