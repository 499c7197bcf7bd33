import { checkOptions } from "../check_arguments.ts";
import { writeWhole } from "../measure/table_file.ts";

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
  checkOptions("kernelCommand", options, "install directory denoPath wide os");
  const warnings = pathWarnings(options.denoPath);
  const { install, directory, ...ofSpec } = options;
  if (!install) return { text: JSON.stringify(kernelSpec(ofSpec), null, 2), warnings };
  const { name, path, spec } = await installKernel({ directory, ...ofSpec });
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
  checkOptions("installKernel", options, "directory denoPath wide os");
  const name = options.wide ? "tinyloom-wide" : "tinyloom";
  const { directory, ...ofSpec } = options;
  const spec = kernelSpec(ofSpec);
  const folder = `${directory}/kernels/${name}`;
  const path = `${folder}/kernel.json`;
  await Deno.mkdir(folder, { recursive: true });
  await writeWhole(path, JSON.stringify(spec, null, 2) + "\n");
  return { name, path, spec };
}

/**
 * A Jupyter kernelspec (`kernel.json`), as the Jupyter messaging documentation defines it.
 *
 * @category Notebooks
 */
export interface KernelSpec {
  /** The program and its arguments; Jupyter replaces `{connection_file}`. */
  readonly argv: readonly string[];
  /** What the kernel menu says. */
  readonly display_name: string;
  /** The language of the cells. */
  readonly language: string;
  /** How the stop button reaches the kernel. */
  readonly interrupt_mode: "signal" | "message";
  /** Variables added to the environment of the kernel. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * What a kernelspec depends on.
 *
 * @category Notebooks
 */
export interface KernelSpecOptions {
  /** Path of the Deno program, as `Deno.execPath()` gives it. */
  readonly denoPath: string;
  /** Lets V8 join pairs of 128-bit vector operations into 256-bit ones. */
  readonly wide?: boolean;
  /** Operating system, as in `Deno.build.os`. Default: the running one. */
  readonly os?: string;
}

/**
 * The kernelspec "Tinyloom (Deno)": the Deno kernel without colour codes in its text outputs, with
 * interrupts that never cost the variables, and with wide vectors if asked for.
 *
 * Interrupts come as a signal because the Deno kernel does not answer interrupt messages. Until
 * `setupNotebook()` listens to that signal, it must not end the kernel; a shell starts it with the
 * signal ignored, which a new listener overrides. Windows has no such thing: there the kernel is
 * started directly.
 *
 * @throws {TypeError} if the path is empty
 *
 * @example
 * ```ts
 * import { kernelSpec } from "tinyloom";
 * import assert from "node:assert/strict";
 *
 * const spec = kernelSpec({ denoPath: "C:\\deno.exe", os: "windows", wide: true });
 * assert.deepEqual(spec.argv, ["C:\\deno.exe", "jupyter", "--kernel", "--conn", "{connection_file}"]);
 * assert.equal(spec.env.DENO_V8_FLAGS, "--experimental-wasm-revectorize");
 * ```
 *
 * @category Notebooks
 */
export function kernelSpec(options: KernelSpecOptions): KernelSpec {
  checkOptions("kernelSpec", options, "denoPath wide os");
  const { denoPath, wide = false, os = Deno.build.os } = options;
  if (denoPath === "") {
    throw new TypeError("Cannot build a kernelspec: denoPath is empty; needed: the path of Deno");
  }
  return {
    argv: os === "windows"
      ? [denoPath, "jupyter", "--kernel", "--conn", "{connection_file}"]
      : ["/bin/sh", "-c", IGNORING_INTERRUPTS, denoPath, "{connection_file}"],
    display_name: wide ? "Tinyloom (Deno, wide vectors)" : "Tinyloom (Deno)",
    language: "typescript",
    interrupt_mode: "signal",
    env: {
      NO_COLOR: "1",
      ...(wide ? { DENO_V8_FLAGS: "--experimental-wasm-revectorize" } : {}),
    },
  };
}

const IGNORING_INTERRUPTS = `trap '' INT; exec "$0" jupyter --kernel --conn "$1"`;

/**
 * The folder where Jupyter looks for the kernels of a user, from the environment's variables:
 * `JUPYTER_DATA_DIR`, or else what the system prescribes (`XDG_DATA_HOME/jupyter` or
 * `~/.local/share/jupyter`; macOS `~/Library/Jupyter`; Windows `%APPDATA%\jupyter`).
 * Source: "Common Directories and File Locations" of the Jupyter documentation.
 *
 * @param variables the environment, as `Deno.env.toObject()` gives it
 * @param options.os operating system, as in `Deno.build.os`; default: the running one
 * @throws {TypeError} if the variable that is needed is missing
 *
 * @example
 * ```ts
 * import { jupyterDataDirectory } from "tinyloom";
 * import assert from "node:assert/strict";
 *
 * const directory = jupyterDataDirectory({ HOME: "/home/ada" }, { os: "linux" });
 * assert.equal(directory, "/home/ada/.local/share/jupyter");
 * ```
 *
 * @category Notebooks
 */
export function jupyterDataDirectory(
  variables: Readonly<Record<string, string | undefined>>,
  options: { readonly os?: string } = {},
): string {
  checkOptions("jupyterDataDirectory", options, "os");
  const { os = Deno.build.os } = options;
  if (variables.JUPYTER_DATA_DIR) return variables.JUPYTER_DATA_DIR;
  if (os === "windows") return `${needed(variables, "APPDATA")}\\jupyter`;
  if (os === "darwin") return `${needed(variables, "HOME")}/Library/Jupyter`;
  if (variables.XDG_DATA_HOME) return `${variables.XDG_DATA_HOME}/jupyter`;
  return `${needed(variables, "HOME")}/.local/share/jupyter`;
}

/** The names of the variables that this depends on. */
export const jupyterVariableNames: readonly string[] = Deno.build.os === "windows"
  ? ["JUPYTER_DATA_DIR", "APPDATA"]
  : ["JUPYTER_DATA_DIR", "XDG_DATA_HOME", "HOME"];

/** These variables. */
export function jupyterVariables(
  env: (name: string) => string | undefined,
): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(jupyterVariableNames.map((name) => [name, env(name)]));
}

function needed(variables: Readonly<Record<string, string | undefined>>, name: string): string {
  const value = variables[name];
  if (value) return value;
  throw new TypeError(
    `Cannot tell Jupyter's data folder: ${name} is not set; needed: ${name} or JUPYTER_DATA_DIR`,
  );
}
