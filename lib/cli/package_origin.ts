import { fileURLToPath } from "node:url";
import settings from "../../deno.json" with { type: "json" };

/** The version of this package. */
export const version = settings.version;

/** What a `deno.json` needs so that scripts and notebooks beside it import this very package. */
export interface ImportMap {
  /** Folders whose packages stand in for those of the registries. */
  readonly links?: readonly string[];
  readonly imports: Readonly<Record<string, string>>;
}

/** Where this package was loaded from: a checkout, the JSR registry, or npm's. */
export function importMap(here: string = import.meta.url): ImportMap {
  if (/[\\/]node_modules[\\/]|[\\/]npm[\\/]registry\./.test(here)) {
    return { imports: { tinyloom: `npm:tinyloom@^${version}` } };
  }
  const imports = { tinyloom: `jsr:${settings.name}@^${version}` };
  if (!here.startsWith("file:")) return { imports };
  return { links: [fileURLToPath(new URL("../..", here)).replace(/[\\/]$/, "")], imports };
}

/** The same in a few words. */
export function fromAnywhere(): string {
  const { links, imports } = importMap();
  return links ? `the checkout in ${links[0]}` : imports.tinyloom;
}
