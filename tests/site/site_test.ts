import { commands } from "../../lib/cli/commands.ts";
import { sitePages } from "../tasks/site/build_site.ts";
import { pageHtml } from "../tasks/site/page.ts";
import { chartsOf, renderNotebook } from "../tasks/site/render_notebook.ts";
import { assert, assertEquals, assertStringIncludes } from "../assert.ts";

const pages = await sitePages();
const page = (path: string) => pages.find((each) => each.path === path)!;

Deno.test("every lesson is a page with its text, its code and its stored outputs", () => {
  const lessons = [...Deno.readDirSync(new URL("../../notebooks", import.meta.url))]
    .map(({ name }) => name).filter((name) => name.endsWith(".ipynb"));
  const written = pages.filter(({ path }) => path.startsWith("lessons/"));
  assertEquals(
    written.map(({ path }) => path),
    lessons.sort().map((name) => `lessons/${name.replace(".ipynb", ".html")}`),
  );
  for (const { body, path } of written) {
    const stored = JSON.parse(
      Deno.readTextFileSync(
        new URL(`../../notebooks/${path.slice(8).replace(".html", ".ipynb")}`, import.meta.url),
      ),
    ).cells as readonly { readonly outputs?: readonly unknown[] }[];
    const outputs = stored.reduce((sum, cell) => sum + (cell.outputs?.length ?? 0), 0);
    assertEquals([...body.matchAll(/class="output"/g)].length, outputs, path);
    assert(/<h1>/.test(body) && /class="code"/.test(body), path);
    assertStringIncludes(page("lessons.html").body, `href="${path}"`);
  }
});

Deno.test("every command has its help on one page, with the schema of its JSON", () => {
  const { body } = page("commands.html");
  for (const name of Object.keys(commands)) assertStringIncludes(body, `Usage: tinyloom ${name}`);
  assertStringIncludes(body, 'href="schemas/plan.json"');
  assert(!body.includes("schemas/kernel.json"));
});

Deno.test("every link leads to a page, a schema, or out of the site", () => {
  const known = new Set(pages.map(({ path }) => path));
  const dead = pages.flatMap((each) =>
    [...pageHtml(each).matchAll(/href="([^"#]+)/g)].map(([, href]) => href)
      .filter((href) => !/^https?:/.test(href))
      .map((href) => new URL(href, `file:///${each.path}`).pathname.slice(1))
      .filter((path) => !known.has(path) && path !== "api/index.html")
      .filter((path) => !path.startsWith("schemas/"))
      .map((path) => `${each.path}: ${path}`)
  );
  assertEquals(dead, []);
});

Deno.test("of an output's forms the richest is shown, and text cannot become markup", () => {
  const cells = [
    { cell_type: "markdown", source: ["## A *chart*\n", "x"] },
    {
      cell_type: "code",
      source: "a < b",
      outputs: [
        {
          output_type: "display_data",
          data: { "text/plain": "chart", "image/svg+xml": ["<svg>", "</svg>"] },
        },
        { output_type: "stream", text: "1 < 2" },
      ],
    },
  ];
  const html = renderNotebook({ cells });
  assertStringIncludes(html, "<h2>A <em>chart</em></h2>");
  assertStringIncludes(html, "a &lt; b");
  assertStringIncludes(html, '<div class="output"><svg></svg></div>');
  assertStringIncludes(html, '<div class="output"><pre>1 &lt; 2</pre></div>');
  assertEquals(chartsOf({ cells }), [{ title: "A *chart*", svg: "<svg></svg>" }]);
});
