import type { Deployment } from "./deploy.ts";
import { DeployError } from "./deploy_error.ts";
import { firstTool, inFolderWith, runTool } from "./tools.ts";

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
  { project, emitted }: Deployment,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<DeploymentCheck> {
  const { files, sources, sourceFolder, testFolder } = project;
  const test = `${testFolder}${emitted.prefix}_test.c`;
  if (!(test in files)) throw new DeployError("the project has no golden vectors to compare with");
  const compiler = await firstTool(["cc", "gcc", "clang"]);
  return await inFolderWith(files, async (folder) => {
    const args = ["-std=c99", "-O2", `-I./${sourceFolder}`, `-I./${testFolder}`, test];
    const built = await runTool(compiler, [...args, ...sources, "-lm", "-o", "self_test"], {
      cwd: folder,
      signal,
    });
    if (!built.success) throw new DeployError(`${compiler} failed:\n${built.errors}`);
    const { success, text } = await runTool(`${folder}/self_test`, [], { cwd: folder, signal });
    return { exact: success, frames: emitted.frames, text };
  });
}
