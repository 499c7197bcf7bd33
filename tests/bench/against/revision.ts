import { pathToFileURL } from "node:url";

/** What is public of one revision. The other one's may lack something: then a workload throws. */
export type Revision = typeof import("../../../mod.ts");

/** Imports what a revision in a folder exports. */
export async function loadRevision(folder: string): Promise<Revision> {
  return await import(new URL("mod.ts", pathToFileURL(`${folder}/`)).href);
}

type Imports = Readonly<Record<string, string>>;

/**
 * How the bare specifiers of a revision differ from this one's, whose map serves both: `missing`
 * cannot be resolved; `other` are resolved to what this revision says.
 */
export function importDifferences(
  before: Imports,
  now: Imports,
): { readonly missing: readonly string[]; readonly other: readonly string[] } {
  const names = Object.keys(before);
  return {
    missing: names.filter((name) => now[name] === undefined)
      .map((name) => `"${name}": "${before[name]}"`),
    other: names.filter((name) => now[name] !== undefined && now[name] !== before[name])
      .map((name) => `"${name}": "${now[name]}", not "${before[name]}"`),
  };
}

/** The import map in a revision's deno.json. */
export function importsOf(folder: string): Imports {
  return JSON.parse(Deno.readTextFileSync(`${folder}/deno.json`)).imports ?? {};
}
