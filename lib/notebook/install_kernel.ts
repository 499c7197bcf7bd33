import { type KernelSpec, kernelSpec, type KernelSpecOptions } from "./kernelspec.ts";

/**
 * Where and how to install the kernel.
 *
 * @category Notebooks
 */
export interface InstallKernelOptions extends KernelSpecOptions {
  /** Jupyter's data folder, as {@link jupyterDataDirectory} tells it. */
  readonly directory: string;
}

/**
 * What was installed.
 *
 * @category Notebooks
 */
export interface InstalledKernel {
  /** The name that Jupyter knows the kernel by. */
  readonly name: string;
  /** The file that was written. */
  readonly path: string;
  /** What it contains. */
  readonly spec: KernelSpec;
}

/**
 * Writes the kernelspec into `kernels/tinyloom` (wide: `kernels/tinyloom-wide`) of Jupyter's data
 * folder, replacing an earlier one. The file appears whole or not at all.
 *
 * @throws {Deno.errors.PermissionDenied} if the folder cannot be written
 *
 * @example
 * ```ts
 * import { installKernel } from "tinyloom";
 * import assert from "node:assert/strict";
 *
 * const directory = await Deno.makeTempDir();
 * const { name } = await installKernel({ directory, denoPath: Deno.execPath() });
 * assert.equal(name, "tinyloom");
 * await Deno.remove(directory, { recursive: true });
 * ```
 *
 * @category Notebooks
 */
export async function installKernel(options: InstallKernelOptions): Promise<InstalledKernel> {
  const name = options.wide ? "tinyloom-wide" : "tinyloom";
  const spec = kernelSpec(options);
  const folder = `${options.directory}/kernels/${name}`;
  const path = `${folder}/kernel.json`;
  await Deno.mkdir(folder, { recursive: true });
  const temporary = await Deno.makeTempFile({ dir: folder, prefix: ".kernel-" });
  try {
    await Deno.writeTextFile(temporary, JSON.stringify(spec, null, 2) + "\n");
    // A temporary file is the owner's alone; a kernelspec is for everyone who may see the folder.
    if (Deno.build.os !== "windows") await Deno.chmod(temporary, 0o644);
    await Deno.rename(temporary, path);
  } catch (error) {
    await Deno.remove(temporary);
    throw error;
  }
  return { name, path, spec };
}
