import { installKernel, type InstallKernelOptions } from "./install_kernel.ts";
import { kernelSpec } from "./kernelspec.ts";

/**
 * The arguments of `tinyloom kernel`.
 *
 * @category Notebooks
 */
export interface KernelCommandOptions extends InstallKernelOptions {
  /** Write the kernelspec; otherwise only tell what would be written. */
  readonly install?: boolean;
}

/**
 * What `tinyloom kernel` has to say.
 *
 * @category Notebooks
 */
export interface KernelCommandResult {
  /** For standard output: the kernelspec, or where it was installed. */
  readonly text: string;
  /** For standard error: what the user should know. */
  readonly warnings: readonly string[];
}

/**
 * The command `tinyloom kernel [--install] [--wide]`: prints the kernelspec, or installs it.
 *
 * @example
 * ```ts
 * import { kernelCommand } from "tinyloom";
 * import assert from "node:assert/strict";
 *
 * const { text } = await kernelCommand({ directory: "/nowhere", denoPath: "/usr/bin/deno" });
 * assert.equal(JSON.parse(text).display_name, "Tinyloom (Deno)");
 * ```
 *
 * @category Notebooks
 */
export async function kernelCommand(options: KernelCommandOptions): Promise<KernelCommandResult> {
  const warnings = pathWarnings(options.denoPath);
  if (!options.install) return { text: JSON.stringify(kernelSpec(options), null, 2), warnings };
  const { name, path, spec } = await installKernel(options);
  const text = `Installed the kernel "${spec.display_name}" as ${path}\n` +
    `Choose it in the notebook's kernel menu, or start: jupyter notebook --kernel=${name}`;
  return { text, warnings };
}

// npx keeps what it runs in a cache that npm may empty at any time.
function pathWarnings(denoPath: string): string[] {
  if (!/[\\/]_npx[\\/]/.test(denoPath)) return [];
  return [
    `The kernel will start ${denoPath}, which npx may remove; ` +
    "install Deno for good (npm install -g deno) and install the kernel again",
  ];
}
