import { escaped } from "./render_notebook.ts";

/** One page of the site. */
export interface Page {
  /** Where it is written, such as `lessons/01_loop_reordering.html`. */
  readonly path: string;
  readonly title: string;
  readonly body: string;
}

const places: readonly (readonly [string, string])[] = [
  ["index.html", "Tinyloom"],
  ["lessons.html", "Lessons"],
  ["gallery.html", "Gallery"],
  ["commands.html", "Commands"],
  ["operators.html", "Operators"],
  ["api/index.html", "API"],
  ["changes.html", "Changes"],
];

/** The page as a file. */
export function pageHtml({ path, title, body }: Page): string {
  const up = "../".repeat(path.split("/").length - 1);
  const nav = places.map(([target, name]) =>
    `<a href="${up}${target}"${target === path ? ' aria-current="page"' : ""}>${name}</a>`
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escaped(title)}</title>
<style>${style}</style>
</head>
<body>
<nav>${nav.join("\n")}</nav>
<main>
${body}
</main>
</body>
</html>
`;
}

// Charts are drawn for a light ground: they keep one in the dark.
const style = `
:root { --ground: #fff; --ink: #1f2328; --soft: #f6f8fa; --line: #d1d9e0; --link: #0959c0;
  --word: #a40e26; --value: #0a3069; --quiet: #59636e; }
@media (prefers-color-scheme: dark) { :root { --ground: #0d1117; --ink: #e6edf3; --soft: #161b22;
  --line: #3d444d; --link: #6cb6ff; --word: #ff7b72; --value: #a5d6ff; --quiet: #9198a1; } }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.6 system-ui, sans-serif; }
nav { display: flex; flex-wrap: wrap; gap: 0 1.2rem; padding: .8rem 1.5rem;
  border-bottom: 1px solid var(--line); }
nav a { text-decoration: none; } nav a[aria-current] { font-weight: 600; color: var(--ink); }
main { max-width: 60rem; margin: 0 auto; padding: 1rem 1.5rem 4rem; }
a { color: var(--link); }
h1, h2, h3 { line-height: 1.25; margin-top: 2rem; }
pre, code { font: 13px/1.5 ui-monospace, monospace; }
pre { background: var(--soft); border: 1px solid var(--line); border-radius: 6px; padding: .8rem;
  overflow-x: auto; }
:not(pre) > code { background: var(--soft); padding: .1em .3em; border-radius: 4px; }
.output { overflow-x: auto; margin: .5rem 0 1rem; } .output pre { background: none; }
svg, img { max-width: 100%; height: auto; } svg, img[src$=".svg"] { background: #fff; border-radius: 6px; }
table { border-collapse: collapse; display: block; overflow-x: auto; font-size: 14px; }
th, td { border: 1px solid var(--line); padding: .3rem .6rem; text-align: left; vertical-align: top; }
.hljs-keyword, .hljs-built_in { color: var(--word); }
.hljs-string, .hljs-number, .hljs-literal { color: var(--value); }
.hljs-comment { color: var(--quiet); }
figure { margin: 1.5rem 0; } figcaption { color: var(--quiet); font-size: 14px; }
`;
