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
