import { checkArguments, checkOptions } from "../check_arguments.ts";
import { runProgram } from "../run_program.ts";
import { form, list, readForm, record } from "../form.ts";
import defer * as nodePath from "node:path";
import type { Deployment } from "./deploy.ts";
import { MANIFEST } from "./project/project.ts";
import { DeployError, firstTool, inFolderWith } from "./tools.ts";

/**
 * Writes a project into a folder, which is made if need be. All files are written under temporary names
 * before the first takes its own, so that nobody finds a half of them. In a folder that is not empty
 * only files of an earlier deploy are replaced; those that are not written any more go.
 *
 * @throws {DeployError} for a folder that holds something else, or a damaged list of what an earlier
 *   deploy left there, unless `force` is set.
 * @throws {DOMException} named `AbortError`, if the signal ends it; the folder is then as it was.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { deploy, writeDeployment, zoo } from "tinyloom";
 *
 * const folder = await Deno.makeTempDir();
 * await writeDeployment(deploy(zoo("mlperf-tiny-ad"), { prefix: "ad" }), folder);
 * assert.ok((await Deno.readTextFile(`${folder}/ad.h`)).includes("ad_invoke"));
 * await Deno.remove(folder, { recursive: true });
 * ```
 *
 * @category Deployment
 */
export async function writeDeployment(
  deployment: Deployment,
  folder: string,
  options: WriteDeploymentOptions = {},
): Promise<void> {
  checkOptions("writeDeployment", options, "force signal");
  checkArguments("writeDeployment", { deployment });
  const { project: { files } } = deployment;
  const { force = false, signal } = options;
  const earlier = await earlierFiles(folder, force);
  if (!force) await refuseOthers(folder, { earlier, paths: Object.keys(files) });
  const suffix = `.${crypto.randomUUID().slice(0, 8)}.tmp`;
  const made: string[] = [];
  const written: string[] = [];
  try {
    for (const [path, text] of Object.entries(files)) {
      signal?.throwIfAborted();
      await makeFolder(nodePath.dirname(nodePath.join(folder, path)), made);
      written.push(path);
      await Deno.writeTextFile(nodePath.join(folder, path) + suffix, text, { createNew: true });
    }
    signal?.throwIfAborted();
    for (const path of written) {
      await Deno.rename(nodePath.join(folder, path) + suffix, nodePath.join(folder, path));
    }
  } catch (error) {
    for (const path of written) {
      await Deno.remove(nodePath.join(folder, path) + suffix).catch(() => {});
    }
    for (const each of made.reverse()) await Deno.remove(each).catch(() => {});
    throw error;
  }
  for (const path of earlier) {
    if (!(path in files)) await Deno.remove(nodePath.join(folder, path)).catch(() => {});
  }
}

/**
 * Options of `writeDeployment`.
 *
 * @category Deployment
 */
export interface WriteDeploymentOptions {
  /** Whether to write into a folder that holds something else; false if left out. */
  readonly force?: boolean;
  /** Ends it before the first file takes its place. */
  readonly signal?: AbortSignal;
}

/** Makes a folder and those above it; `made` gets those that were not there. */
async function makeFolder(path: string, made: string[]): Promise<void> {
  try {
    await Deno.mkdir(path);
    made.push(path);
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists && (await Deno.stat(path)).isDirectory) return;
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    await makeFolder(nodePath.dirname(path), made);
    await makeFolder(path, made);
  }
}

async function refuseOthers(
  folder: string,
  { earlier, paths }: { readonly earlier: ReadonlySet<string>; readonly paths: readonly string[] },
): Promise<void> {
  const help = "choose another folder, or --force (option force) to write into it";
  if (earlier.size === 0 && !(await isEmpty(folder))) {
    throw new DeployError(`${folder} is not empty and holds no earlier deploy: ${help}`);
  }
  for (const path of paths) {
    if (earlier.has(path) || !(await exists(nodePath.join(folder, path)))) continue;
    throw new DeployError(`${nodePath.join(folder, path)} is not of an earlier deploy: ${help}`);
  }
}

/** Files that an earlier deploy left there, by its own list; of a damaged one none, with `force`. */
async function earlierFiles(folder: string, force: boolean): Promise<ReadonlySet<string>> {
  const path = nodePath.join(folder, MANIFEST);
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return new Set();
    throw error;
  }
  try {
    const kind = "the list of an earlier deploy";
    return new Set(readForm<{ files: string[] }>(text, { kind, form: manifestForm }).files);
  } catch (error) {
    if (force) return new Set();
    throw new DeployError(
      `${path}: ${(error as Error).message}; --force (option force) ignores it`,
    );
  }
}

const isWithin = (path: unknown) =>
  typeof path === "string" && !/^([\\/]|\w:)/.test(path) && !path.split(/[\\/]/).includes("..");
const manifestForm = record({ files: list(form(isWithin, "a path within the folder")) });

async function isEmpty(folder: string): Promise<boolean> {
  if (!(await exists(folder))) return true;
  for await (const _ of Deno.readDir(folder)) return false;
  return true;
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/**
 * Whether a project computes what the engine does.
 *
 * @category Deployment
 */
export interface DeploymentCheck {
  /** Whether all outputs of all frames are equal. */
  readonly exact: boolean;
  /** Frames compared. */
  readonly frames: number;
  /** What the self-test printed. */
  readonly text: string;
}

/**
 * Compiles a project's self-test for this machine and runs it on the golden vectors.
 *
 * @throws {DeployError} without a C compiler, without golden vectors, or if it does not compile.
 * @throws {DOMException} named `AbortError`, if the signal ends it; nothing is left that compiles or runs.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { deploy, verifyDeployment, zoo } from "tinyloom";
 *
 * const deployment = deploy(zoo("mlperf-tiny-ad"), { prefix: "ad" });
 * const check = await verifyDeployment(deployment).catch(() => null); // without a compiler
 * assert.ok(check === null || check.exact);
 * ```
 *
 * @category Deployment
 */
export async function verifyDeployment(
  deployment: Deployment,
  options: { readonly signal?: AbortSignal } = {},
): Promise<DeploymentCheck> {
  checkOptions("verifyDeployment", options, "signal");
  checkArguments("verifyDeployment", { deployment });
  const { project, emitted } = deployment;
  const { signal } = options;
  const { files, sources, sourceFolder, testFolder } = project;
  const test = `${testFolder}${emitted.prefix}_test.c`;
  if (!(test in files)) throw new DeployError("the project has no golden vectors to compare with");
  const compiler = await firstTool(["cc", "gcc", "clang"]);
  return await inFolderWith(files, async (folder) => {
    const args = ["-std=c99", "-O2", `-I./${sourceFolder}`, `-I./${testFolder}`, test];
    const built = await runProgram(compiler, [...args, ...sources, "-lm", "-o", "self_test"], {
      cwd: folder,
      signal,
    });
    if (!built.success) throw new DeployError(`${compiler} failed:\n${built.errors}`);
    const { success, text } = await runProgram(`${folder}/self_test`, [], { cwd: folder, signal });
    return { exact: success, frames: emitted.frames, text };
  });
}
