/**
 * Builds the npm package out of `deno pack`: a copy of what users need, whose workers and commands
 * are packed too; then what Node and browsers lack is put in its place. Writes `out/npm`, which is the
 * package, and `out/tinyloom-VERSION.tgz`.
 *
 * Run: deno task npm
 */
import { fileURLToPath } from "node:url";
import settings from "../../../deno.json" with { type: "json" };

const root = fileURLToPath(new URL("../../../", import.meta.url));

/** Started by their addresses, so that no import leads to them. */
const started: Readonly<Record<string, string>> = {
  "./worker": "./lib/tinynas/worker.ts",
  "./team_worker": "./lib/tinynas/supernet/team_worker.ts",
  "./arm_worker": "./lib/tinynas/compare/arm_worker.ts",
  "./task_thread": "./lib/workers/task_thread.ts",
  "./runtime": "./lib/node_runtime.ts",
};

if (import.meta.main) {
  const { folder, archive } = await buildPackage(`${root}out`);
  const { size } = await Deno.stat(archive);
  console.log(`${folder}\n${archive} (${(size / 1e6).toFixed(2)} MB)`);
}

/** Builds the package into a folder: `npm` in it, and its archive beside that. */
export async function buildPackage(
  out: string,
): Promise<{ readonly folder: string; readonly archive: string }> {
  const staging = await Deno.makeTempDir({ prefix: "tinyloom-npm-" });
  try {
    await stage(staging);
    // Packing leaves the modules alone that no door leads to; it says so for each of them.
    await command("deno", ["pack", "--quiet", "--no-source-maps", "--output", "p.tgz"], staging);
    await command("tar", ["-xzf", "p.tgz"], staging);
    await adapt(`${staging}/package`);
    const folder = `${out}/npm`;
    await Deno.mkdir(out, { recursive: true });
    await Deno.remove(folder, { recursive: true }).catch(() => {});
    await copy(`${staging}/package`, folder);
    const archive = `${out}/tinyloom-${settings.version}.tgz`;
    await command("tar", ["-czf", archive, "package"], staging);
    return { folder, archive };
  } finally {
    await Deno.remove(staging, { recursive: true });
  }
}

/** Copies sources to where they can be changed, and lists everything that is to be packed. */
async function stage(staging: string): Promise<void> {
  for (const path of settings.publish.include.filter((path) => path !== "deno.json")) {
    await copy(root + path, `${staging}/${path}`);
  }
  await Deno.copyFile(`${root}tests/tasks/npm/node_runtime.ts`, `${staging}/lib/node_runtime.ts`);
  for await (const path of filesIn(`${staging}/lib`)) {
    if (path.endsWith(".ts")) await change(path, portableImports);
  }
  const exports: Record<string, string> = { ...settings.exports, ...started };
  for await (const { name } of Deno.readDir(`${staging}/lib/cli/commands`)) {
    exports[`./commands/${name}`] = `./lib/cli/commands/${name}`;
  }
  const { name, version, license, imports, compilerOptions } = settings;
  await Deno.writeTextFile(
    `${staging}/deno.json`,
    JSON.stringify({ name, version, license, exports, imports, compilerOptions }),
  );
}

/** No engine but Deno's runs `import defer`, and in browsers there is nothing of Node to import. */
export function portableImports(source: string): string {
  return source
    .replace(
      /^import (?:defer )?(?:\* as (\w+)|(\{[^}]+\})) from ("node:\w+");$/gm,
      (_, whole, names, module) =>
        `const ${
          whole ?? names
        } = globalThis.process?.getBuiltinModule?.(${module}) ?? {} as never;`,
    )
    .replace(/^import defer \*/gm, "import *");
}

/** Makes of what `deno pack` wrote what runs in Node and in browsers. */
async function adapt(folder: string): Promise<void> {
  for await (const path of filesIn(folder)) {
    const depth = path.slice(folder.length).split("/").length - 3;
    if (!path.endsWith(".js") || path.endsWith("lib/node_runtime.js")) continue;
    await change(path, (source) => adapted(source, depth < 0 ? "./lib" : "../".repeat(depth)));
  }
  await Deno.writeTextFile(
    `${folder}/deno.json`,
    JSON.stringify({ name: settings.name, version: settings.version, imports: settings.imports }),
  );
  const main = `${folder}/lib/cli/main.js`;
  await change(main, (source) => `#!/usr/bin/env node\n${source}`);
  await Deno.chmod(main, 0o755);
  await change(
    `${folder}/package.json`,
    (text) => JSON.stringify(manifest(JSON.parse(text)), null, 2),
  );
}

/** Addresses of scripts as they are shipped, and an import of each global that Node lacks. */
export function adapted(source: string, up: string): string {
  const shipped = source.replace(/(new URL\([`"][^`"]*\.|`\/\$\{path\}\.)ts([`"])/g, "$1js$2");
  const code = shipped.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
  const needed = ["Deno", "Worker", "self"].filter((name) =>
    new RegExp(`(?<![.\\w"'\`])${name === "Worker" ? "new Worker\\(" : `${name}\\b`}`).test(code)
  );
  if (needed.length === 0) return shipped;
  return `import { ${needed.join(", ")} } from "${up || "./"}node_runtime.js";\n${shipped}`;
}

interface Manifest {
  readonly exports: Readonly<Record<string, unknown>>;
  readonly dependencies: Readonly<Record<string, string>>;
}

/** The package under the name that it is imported by, with the versions that were tested. */
function manifest(packed: Manifest): unknown {
  const doors = Object.entries(packed.exports).filter(([door]) => door in settings.exports);
  return {
    ...packed,
    name: "tinyloom",
    description: "Efficient neural-network inference, taken apart: loop nests, memory planning, " +
      "engine, C for microcontrollers",
    keywords: ["tinyml", "tflite", "quantization", "microcontroller", "webassembly", "inference"],
    bin: { tinyloom: "./lib/cli/main.js" },
    exports: { ...Object.fromEntries(doors), "./package.json": "./package.json" },
    dependencies: Object.fromEntries(
      Object.entries(packed.dependencies).map(([name, range]) => [name, range.replace("^", "")]),
    ),
    engines: { node: ">=24" },
  };
}

async function change(path: string, edit: (text: string) => string): Promise<void> {
  await Deno.writeTextFile(path, edit(await Deno.readTextFile(path)));
}

async function* filesIn(folder: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) yield* filesIn(`${folder}/${name}`);
    else yield `${folder}/${name}`;
  }
}

async function copy(from: string, to: string): Promise<void> {
  if (!(await Deno.stat(from)).isDirectory) return await Deno.copyFile(from, to);
  await Deno.mkdir(to);
  for await (const { name } of Deno.readDir(from)) await copy(`${from}/${name}`, `${to}/${name}`);
}

async function command(name: string, args: readonly string[], cwd: string): Promise<void> {
  const program = name === "deno" ? Deno.execPath() : name;
  const { success, stderr } = await new Deno.Command(program, { args: [...args], cwd }).output();
  if (!success) throw new Error(`${name} ${args[0]}: ${new TextDecoder().decode(stderr)}`);
}
