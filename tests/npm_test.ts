import { assert, assertEquals } from "./assert.ts";
import settings from "../deno.json" with { type: "json" };

const folder = new URL("../lib/npm/", import.meta.url);
const library = new URL("../lib/", import.meta.url);

/** Packages with their versions: `npm:vega@6.4.0/build` is `vega@6.4.0`. */
const packagesIn = (text: string) =>
  [...text.matchAll(/npm:((?:@[\w-]+\/)?[\w-]+@[\d.]+)/g)].map(([, name]) => name);

Deno.test("lib/npm names the versions that deno.json names", async () => {
  const named = new Set(Object.values(settings.imports).flatMap(packagesIn));
  for (const [path, text] of await sources(folder)) {
    const packages = packagesIn(text);
    assert(path.endsWith(".d.ts") || packages.length > 0, `${path} names no package`);
    for (const each of packages) assert(named.has(each), `${path}: ${each} is not in deno.json`);
  }
});

const statement = /^(?:import|export|\})[^"\n]*\bfrom "(?!\.|node:)([^"\s]+)";$/gm;
const expression = /^(?! *\*).*\bimport\("(?!\.|node:)([^"\s]+)"\)/gm;

Deno.test("lib imports packages through lib/npm only", async () => {
  const bare = (await sources(library))
    .filter(([path]) => !path.startsWith("npm/"))
    .flatMap(([path, text]) =>
      [statement, expression].flatMap((each) =>
        [...text.matchAll(each)].map(([, specifier]) => `${path}: ${specifier}`)
      )
    );
  assertEquals(bare, []);
});

async function sources(root: URL, below = ""): Promise<(readonly [string, string])[]> {
  const found: (readonly [string, string])[] = [];
  for await (const { name, isDirectory } of Deno.readDir(new URL(below, root))) {
    if (isDirectory) found.push(...await sources(root, `${below}${name}/`));
    else if (name.endsWith(".ts")) {
      found.push([below + name, await Deno.readTextFile(new URL(below + name, root))]);
    }
  }
  return found;
}
