import { assert, assertEquals } from "./assert.ts";
import settings from "../deno.json" with { type: "json" };

interface Doc {
  readonly doc?: string;
  readonly tags?: readonly { readonly kind: string; readonly doc?: string }[];
}

/** A module as `deno doc --json` tells of it. */
interface Documented {
  readonly module_doc?: Doc;
  readonly symbols: readonly {
    readonly name: string;
    readonly declarations: readonly { readonly jsDoc?: Doc }[];
  }[];
}

const { ".": whole, ...parts } = settings.exports;
const documented = await documentation([whole, ...Object.values(parts)]);
const namesOf = (path: string) => [...new Set(documented(path).symbols.map(({ name }) => name))];

Deno.test("a public name lives in exactly one door", () => {
  const doorsOf = new Map<string, string[]>();
  for (const path of Object.values(parts)) {
    for (const name of namesOf(path)) doorsOf.set(name, [...(doorsOf.get(name) ?? []), path]);
  }
  assertEquals([...doorsOf].filter(([, paths]) => paths.length > 1), []);
});

// A name that two modules export differently is silently missing after `export *`.
Deno.test("mod.ts has every name of every door, and no other", () => {
  const names = Object.values(parts).flatMap(namesOf);
  assertEquals(namesOf(whole).sort(), names.sort());
});

Deno.test("every door says what it is for, with an example", () => {
  for (const path of Object.values(settings.exports)) {
    const { doc = "", tags = [] } = documented(path).module_doc ?? {};
    assert(doc.length > 100, `${path} has no text`);
    assert(tags.some(({ kind }) => kind === "example"), `${path} has no example`);
  }
});

Deno.test("every public name has a category", () => {
  const without = Object.values(parts).flatMap((path) =>
    documented(path).symbols.filter(({ declarations }) =>
      declarations.some(({ jsDoc }) =>
        jsDoc !== undefined && !jsDoc.tags?.some(({ kind, doc }) => kind === "category" && doc)
      )
    ).map(({ name }) => name)
  );
  assertEquals(without, []);
});

Deno.test("every folder of lib that exports has its door in deno.json", async () => {
  const entries = [];
  for await (const { name, isDirectory } of Deno.readDir(new URL("../lib", import.meta.url))) {
    const path = `./lib/${name}/mod.ts`;
    if (isDirectory && await exists(new URL(`.${path}`, import.meta.url))) entries.push(path);
  }
  const listed = Object.values(settings.exports).filter((path) => /lib\/\w+\/mod\.ts$/.test(path));
  assertEquals(entries.sort(), listed.sort());
});

async function documentation(
  paths: readonly string[],
): Promise<(path: string) => Documented> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["doc", "--json", ...paths],
    cwd: new URL("..", import.meta.url),
    stderr: "null",
  }).output();
  const { nodes } = JSON.parse(new TextDecoder().decode(stdout)) as {
    readonly nodes: Readonly<Record<string, Documented>>;
  };
  return (path) => nodes[new URL(`.${path}`, import.meta.url).href];
}

async function exists(file: URL): Promise<boolean> {
  return await Deno.stat(file).then(() => true, () => false);
}
