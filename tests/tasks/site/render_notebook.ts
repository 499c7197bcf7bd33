/** A notebook as HTML: text, code with colours, and the outputs that are stored in it. */
import highlighter from "highlight.js";
import { Marked } from "marked";

/** Text of the notebook format: one string, or its lines. */
type Text = string | readonly string[];

/** What is used of the notebook format, version 4. */
export interface Notebook {
  readonly cells: readonly Cell[];
}

interface Cell {
  readonly cell_type: string;
  readonly source: Text;
  readonly outputs?: readonly {
    readonly output_type: string;
    readonly data?: Readonly<Record<string, unknown>>;
    readonly text?: Text;
  }[];
}

/** The notebook's body. */
export function renderNotebook({ cells }: Notebook): string {
  return cells.map((cell) => {
    const source = joined(cell.source);
    if (cell.cell_type === "markdown") return renderMarkdown(source);
    const outputs = (cell.outputs ?? []).map(({ data, text }) =>
      `<div class="output">${data ? richest(data) : pre(joined(text ?? ""))}</div>`
    );
    return code(source) + outputs.join("\n");
  }).join("\n");
}

/** The charts among a notebook's outputs, as SVG, each under the heading that it stands below. */
export function chartsOf(
  { cells }: Notebook,
): readonly { readonly title: string; readonly svg: string }[] {
  let title = "";
  return cells.flatMap(({ source, outputs = [] }) => {
    const headings = [...joined(source).matchAll(/^#+ (.+)$/gm)];
    title = headings.at(-1)?.[1] ?? title;
    return outputs.flatMap(({ data = {} }) => {
      const svg = data["image/svg+xml"];
      return svg === undefined ? [] : [{ title, svg: joined(svg as Text) }];
    });
  });
}

/** Markdown with coloured code; addresses of notebooks and folders lead to the site's pages. */
export function renderMarkdown(text: string): string {
  const renderer = {
    code: ({ text, lang }: { readonly text: string; readonly lang?: string }) => code(text, lang),
  };
  const html = new Marked({ renderer }).parse(text, { async: false });
  return html.replace(
    /href="(?:\.\.\/)?(?:notebooks\/)?(\d\d_\w+)\.ipynb"/g,
    'href="lessons/$1.html"',
  );
}

function richest(data: Readonly<Record<string, unknown>>): string {
  const of = (type: string) => data[type] === undefined ? undefined : joined(data[type] as Text);
  const png = of("image/png");
  return of("image/svg+xml") ?? (png && `<img src="data:image/png;base64,${png.trim()}" alt="">`) ??
    of("text/html") ?? (of("text/markdown") && renderMarkdown(of("text/markdown")!)) ??
    pre(of("text/plain") ?? "");
}

function code(text: string, language = "ts"): string {
  const known = highlighter.getLanguage(language) ? language : "plaintext";
  const { value } = highlighter.highlight(text, { language: known });
  return `<pre class="code"><code>${value}</code></pre>\n`;
}

const joined = (text: Text) => typeof text === "string" ? text : text.join("");

const pre = (text: string) => `<pre>${escaped(text)}</pre>`;

/** Text that can stand in HTML. */
export const escaped = (text: string) =>
  text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
