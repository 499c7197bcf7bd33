import { checkOptions } from "../check_arguments.ts";
import project from "../../deno.json" with { type: "json" };

/**
 * What `codeVersion` covers.
 *
 * @category Many machines
 */
export interface CodeVersionOptions {
  /** Modules with tasks of your own: all files in their folders count. */
  readonly modules?: readonly string[];
}

/**
 * The code that tasks are done by: the version of this package, and in a checkout a digest of its sources
 * too. Workers do the tasks of the very same code alone, since any other may give other results.
 *
 * @throws {Deno.errors.NotFound} a module is missing.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { codeVersion } from "tinyloom";
 *
 * assert.match(await codeVersion(), /^\d+\.\d+\.\d+(\+[0-9a-f]{12})?$/);
 * ```
 *
 * @category Many machines
 */
export async function codeVersion(options: CodeVersionOptions = {}): Promise<string> {
  checkOptions("codeVersion", options, "modules");
  const folders = (options.modules ?? []).map((module) => new URL(".", module));
  const here = import.meta.url;
  const isInstalled = !here.startsWith("file:") ||
    /[\\/]node_modules[\\/]|[\\/]npm[\\/]registry\./.test(here);
  if (!isInstalled) folders.unshift(new URL("..", here));
  if (folders.length === 0) return project.version;
  // The packages that sources import are pinned there.
  const digests = [JSON.stringify(project.imports)];
  for (const folder of folders) digests.push(...await digestsIn(folder));
  const whole = await digestOf(new TextEncoder().encode(digests.join("\n")));
  return `${project.version}+${whole.slice(0, 12)}`;
}

/** Names and digests of sources, in order. */
async function digestsIn(folder: URL): Promise<readonly string[]> {
  const entries = [];
  for await (const entry of Deno.readDir(folder)) entries.push(entry);
  entries.sort((a, b) => a.name < b.name ? -1 : 1);
  const digests: string[] = [];
  for (const { name, isDirectory } of entries) {
    if (isDirectory) digests.push(...await digestsIn(new URL(`${name}/`, folder)));
    else if (/\.[jt]s$/.test(name)) {
      digests.push(`${name} ${await digestOf(await Deno.readFile(new URL(name, folder)))}`);
    }
  }
  return digests;
}

async function digestOf(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}
