import defer * as os from "node:os";
import project from "../../deno.json" with { type: "json" };
import { type GitState, gitState } from "./git_state.ts";
import { granted } from "./granted.ts";
import { timerStepNs } from "./timer_step.ts";
import { wasmFeatures } from "./wasm_features.ts";

/**
 * Where a figure was measured. What could not be learned is null, never guessed.
 *
 * @category Measurement
 */
export interface Environment {
  /** The processor as the system names it. */
  readonly cpuModel: string | null;
  /** Logical processors. */
  readonly cores: number | null;
  /** Load averages over 1, 5 and 15 minutes. */
  readonly load: readonly number[] | null;
  /** System, processor family and, where it may be read, the kernel's release. */
  readonly os: string;
  /** Deno's version. */
  readonly deno: string;
  /** V8's version. */
  readonly v8: string;
  /** Flags given to V8, which can change speeds by half; `""` when there are none. */
  readonly v8Flags: string | null;
  /** WebAssembly features the engine accepts, e.g. `"simd128"`. */
  readonly wasmFeatures: readonly string[];
  /** The smallest step of `performance.now()`. */
  readonly timerStepNs: number | null;
  /** The commit checked out in the folder. */
  readonly gitCommit: string | null;
  /** Whether files differ from that commit. */
  readonly gitDirty: boolean | null;
  /** Versions by package name, this package first. */
  readonly versions: Readonly<Record<string, string>>;
}

/**
 * Facts the caller knows better.
 *
 * @category Measurement
 */
export interface EnvironmentOptions {
  /** The commit to record instead of asking git; null for "unknown". */
  readonly gitCommit?: string | null;
  /** Whether files differ from that commit. */
  readonly gitDirty?: boolean | null;
  /** The folder to ask git about; default the working directory. */
  readonly folder?: string;
}

/**
 * Describes the machine, the runtime and the code, as far as the permissions already given allow;
 * never asks for one. The CPU's name needs `--allow-sys=cpus`, the load `--allow-sys=loadavg`, the
 * commit `--allow-run=git`, V8's flags `--allow-env=DENO_V8_FLAGS`.
 *
 * @example
 * ```ts
 * import { environment } from "tinyloom";
 * import assert from "node:assert/strict";
 *
 * assert(environment({ gitCommit: null }).wasmFeatures.includes("simd128"));
 * ```
 *
 * @category Measurement
 */
export function environment(options: EnvironmentOptions = {}): Environment {
  const git: GitState = options.gitCommit === undefined
    ? gitState(options.folder)
    : { gitCommit: options.gitCommit, gitDirty: null };
  return {
    cpuModel: cpuModel(),
    cores: navigator.hardwareConcurrency ?? null,
    load: granted({ name: "sys", kind: "loadavg" }) ? Deno.loadavg() : null,
    os: operatingSystem(),
    deno: Deno.version.deno,
    v8: Deno.version.v8,
    v8Flags: granted({ name: "env", variable: "DENO_V8_FLAGS" })
      ? Deno.env.get("DENO_V8_FLAGS") ?? ""
      : null,
    wasmFeatures: wasmFeatures(),
    timerStepNs: timerStepNs(),
    gitCommit: git.gitCommit,
    gitDirty: options.gitDirty === undefined ? git.gitDirty : options.gitDirty,
    versions: versions(),
  };
}

function cpuModel(): string | null {
  if (!granted({ name: "sys", kind: "cpus" })) return null;
  return os.cpus()[0]?.model?.trim() || null;
}

function operatingSystem(): string {
  const system = `${Deno.build.os} ${Deno.build.arch}`;
  return granted({ name: "sys", kind: "osRelease" }) ? `${system} ${Deno.osRelease()}` : system;
}

/** The exact versions that the project's import map pins. */
function versions(): Readonly<Record<string, string>> {
  const pinned: Record<string, string> = { [project.name]: project.version };
  for (const target of Object.values(project.imports)) {
    const match = /^npm:(@?[^@]+)@([^/]+)/.exec(target);
    if (match !== null) pinned[match[1]] = match[2];
  }
  return pinned;
}
