/**
 * Builds the documentation as a folder of plain files, `out/site`: the README as its front, the lessons
 * with their stored outputs, a gallery of their charts, the commands' help, the schemas of their JSON,
 * the table of operators, and the interface out of the modules' comments.
 *
 * Run: deno task site [--no-api]
 */
import { commands, loadCommand } from "../../../lib/cli/commands.ts";
import { commandHelp } from "../../../lib/cli/run_cli.ts";
import settings from "../../../deno.json" with { type: "json" };
import { type Page, pageHtml } from "./page.ts";
import {
  chartsOf,
  escaped,
  type Notebook,
  renderMarkdown,
  renderNotebook,
} from "./render_notebook.ts";

const root = new URL("../../../", import.meta.url);
const read = (path: string) => Deno.readTextFile(new URL(path, root));

/** All pages but those of the interface. */
export async function sitePages(): Promise<readonly Page[]> {
  const names = await namesIn("notebooks", ".ipynb");
  const lessons = await Promise.all(names.map(async (name) => {
    const notebook = JSON.parse(await read(`notebooks/${name}`)) as Notebook;
    const body = renderNotebook(notebook);
    const title = /<h1[^>]*>([\s\S]*?)<\/h1>/.exec(body)?.[1] ?? name;
    return { path: `lessons/${name.replace(".ipynb", ".html")}`, title, body, notebook };
  }));
  return [
    { path: "index.html", title: "Tinyloom", body: front(await read("README.md")) },
    {
      path: "lessons.html",
      title: "Lessons",
      body: `<h1>Lessons</h1><ol>${
        lessons.map(({ path, title }) => `<li><a href="${path}">${unnumbered(title)}</a></li>`)
          .join("\n")
      }</ol>`,
    },
    ...lessons.map(({ path, title, body }) => ({
      path,
      title,
      body: body.replaceAll('href="lessons/', 'href="'),
    })),
    { path: "gallery.html", title: "Gallery", body: gallery(lessons) },
    { path: "commands.html", title: "Commands", body: await commandReference() },
    {
      path: "operators.html",
      title: "Operators",
      body: renderMarkdown(await read("lib/engine/operators/README.md")),
    },
    { path: "changes.html", title: "Changes", body: renderMarkdown(await read("CHANGELOG.md")) },
  ];
}

/** What the README points to in the checkout stands on pages of the site. */
function front(readme: string): string {
  return renderMarkdown(readme)
    .replaceAll('href="lib/engine/operators/README.md"', 'href="operators.html"')
    .replaceAll('href="notebooks"', 'href="lessons.html"')
    .replaceAll('href="lib/cli/schemas"', 'href="commands.html"')
    .replaceAll('href="lib/lab.ts"', 'href="api/index.html"')
    .replace(/<a href="(?!https?:|lessons|operators|commands|api|#)[^"]*">([\s\S]*?)<\/a>/g, "$1");
}

const unnumbered = (title: string) => title.replace(/^\d+ · /, "");

interface Lesson extends Page {
  readonly notebook: Notebook;
}

function gallery(lessons: readonly Lesson[]): string {
  const figures = lessons.flatMap(({ path, title, notebook }) =>
    chartsOf(notebook).map(({ title: section, svg }) =>
      `<figure>${svg}<figcaption>${escaped(section.replaceAll("`", ""))}, in <a href="${path}">` +
      `${title}</a></figcaption></figure>`
    )
  );
  return `<h1>Gallery</h1><p>The charts of the lessons, each beside the code that draws it there.</p>
<figure><img src="examples/matmul.svg" alt="speed of each technique on one matrix product">
<figcaption>deno task start</figcaption></figure>
${figures.join("\n")}`;
}

/** The help of every command, and where its output is described. */
async function commandReference(): Promise<string> {
  const sections = await Promise.all(
    Object.entries(commands).map(async ([name, about]) => {
      const command = await loadCommand(name);
      const schema = Object.hasOwn(command.flags, "json")
        ? `<p>What <code>--json</code> prints: <a href="schemas/${name}.json">JSON Schema</a></p>`
        : "";
      return `<h2 id="${name}">${name}</h2><pre>${
        escaped(commandHelp(about, command))
      }</pre>${schema}`;
    }),
  );
  const list = Object.entries(commands)
    .map(([name, about]) => `<li><a href="#${name}">${name}</a>: ${escaped(about)}</li>`);
  return `<h1>Commands</h1><ul>${list.join("\n")}</ul>${sections.join("\n")}`;
}

/** The interface, door by door; a category's page says no more than its symbols do. */
async function apiPages(output: string): Promise<void> {
  const doors = Object.values(settings.exports);
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["doc", "--html", "--name=Tinyloom", `--output=${output}`, ...doors],
    cwd: root,
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}

async function namesIn(folder: string, end: string): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(new URL(folder, root))) {
    if (name.endsWith(end)) names.push(name);
  }
  return names.sort();
}

async function write(file: URL, text: string): Promise<void> {
  await Deno.mkdir(new URL(".", file), { recursive: true });
  await Deno.writeTextFile(file, text);
}

if (import.meta.main) {
  const folder = new URL("out/site/", root);
  await Deno.remove(folder, { recursive: true }).catch(() => {});
  const pages = await sitePages();
  for (const page of pages) await write(new URL(page.path, folder), pageHtml(page));
  for (const name of await namesIn("lib/cli/schemas", ".json")) {
    await write(new URL(`schemas/${name}`, folder), await read(`lib/cli/schemas/${name}`));
  }
  await write(new URL("examples/matmul.svg", folder), await read("examples/matmul.svg"));
  if (!Deno.args.includes("--no-api")) await apiPages(new URL("api", folder).pathname);
  console.log(`${folder.pathname}index.html and ${pages.length - 1} more pages`);
}
