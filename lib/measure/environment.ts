import { checkOptions } from "../check_arguments.ts";
import defer * as os from "node:os";
import project from "../../deno.json" with { type: "json" };

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
  /** What runs the code, as it calls itself: `Deno/2.9.6`, `Node.js/24`, a browser's long name. */
  readonly runtime: string;
  /** Deno's version, null elsewhere. */
  readonly deno: string | null;
  /** V8's version; browsers do not tell. */
  readonly v8: string | null;
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
  checkOptions("environment", options, "gitCommit gitDirty folder");
  const git: GitState = options.gitCommit === undefined
    ? gitState(options.folder)
    : { gitCommit: options.gitCommit, gitDirty: null };
  return {
    cpuModel: cpuModel(),
    cores: navigator.hardwareConcurrency ?? null,
    load: granted({ name: "sys", kind: "loadavg" }) ? Deno.loadavg() : null,
    os: operatingSystem(),
    runtime: navigator.userAgent,
    deno: Deno.version.deno,
    v8: Deno.version.v8,
    v8Flags: v8Flags(),
    wasmFeatures: wasmFeatures(),
    timerStepNs: timerStepNs(),
    gitCommit: git.gitCommit,
    gitDirty: options.gitDirty === undefined ? git.gitDirty : options.gitDirty,
    versions: versions(),
  };
}

/** What V8 was started with by the environment; null where that may not be read. */
export function v8Flags(): string | null {
  return granted({ name: "env", variable: "DENO_V8_FLAGS" })
    ? Deno.env.get("DENO_V8_FLAGS") ?? ""
    : null;
}

/** The machine's name in its network, null where it may not be read. */
export function machineName(): string | null {
  return granted({ name: "sys", kind: "hostname" }) ? os.hostname() : null;
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

/** A module of one function `() -> ()` with the given body, as bytes. */
function moduleOf(
  body: readonly number[],
  memory: readonly number[] = [],
): Uint8Array<ArrayBuffer> {
  const code = [0, ...body, 0x0b];
  return Uint8Array.of(
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...[0x01, 4, 1, 0x60, 0, 0],
    ...[0x03, 2, 1, 0],
    ...memory,
    ...[0x0a, code.length + 2, 1, code.length, ...code],
  );
}

const splat = [0x41, 0, 0xfd, 0x0f];
const drop = 0x1a;

/** For each feature the smallest module that only an engine with it accepts. */
const probes: Readonly<Record<string, Uint8Array<ArrayBuffer>>> = {
  // i8x16.splat
  simd128: moduleOf([...splat, drop]),
  // f32x4.relaxed_madd (0x105)
  "relaxed-simd": moduleOf([...splat, ...splat, ...splat, 0xfd, 0x85, 0x02, drop]),
  // i32.atomic.load on a shared memory
  threads: moduleOf([0x41, 0, 0xfe, 0x10, 2, 0, drop], [0x05, 4, 1, 3, 1, 1]),
  // memory.fill
  "bulk-memory": moduleOf([0x41, 0, 0x41, 0, 0x41, 0, 0xfc, 0x0b, 0], [0x05, 3, 1, 0, 1]),
  "multi-memory": moduleOf([], [0x05, 5, 2, 0, 1, 0, 1]),
  memory64: moduleOf([], [0x05, 3, 1, 4, 1]),
  // return_call 0
  "tail-call": moduleOf([0x12, 0]),
  // f16x8.splat (0x120)
  fp16: moduleOf([0x43, 0, 0, 0, 0, 0xfd, 0xa0, 0x02, drop]),
};

/**
 * The WebAssembly features this engine accepts, by name; tiny modules are validated to find out.
 *
 * @example
 * ```ts
 * import { wasmFeatures } from "tinyloom";
 * import assert from "node:assert/strict";
 *
 * assert(wasmFeatures().includes("simd128"));
 * ```
 *
 * @category Measurement
 */
export function wasmFeatures(): readonly string[] {
  return Object.keys(probes).filter((name) => WebAssembly.validate(probes[name]));
}

/** The commit of a folder and whether its files differ from it; null where git could not say. */
interface GitState {
  readonly gitCommit: string | null;
  readonly gitDirty: boolean | null;
}

/** Asks git about a folder (default: the working directory), if running git is permitted. */
function gitState(folder?: string): GitState {
  const commit = git(["rev-parse", "HEAD"], folder);
  const changes = commit === null ? null : git(["status", "--porcelain"], folder);
  return { gitCommit: commit, gitDirty: changes === null ? null : changes !== "" };
}

function git(args: readonly string[], folder?: string): string | null {
  if (!granted({ name: "run", command: "git" })) return null;
  try {
    const { success, stdout } = new Deno.Command("git", {
      args: [...args],
      cwd: folder,
      stdin: "null",
      stderr: "null",
    }).outputSync();
    return success ? new TextDecoder().decode(stdout).trim() : null;
  } catch {
    // No git on this machine, or no such folder: the commit is unknown.
    return null;
  }
}

/** Whether a permission has been given already; asking this way never prompts. */
function granted(permission: Deno.PermissionDescriptor): boolean {
  return Deno.permissions.querySync(permission).state === "granted";
}

/** The smallest step seen of a clock that counts ms, in ns; null when it did not move. */
export function timerStepNs(now: () => number = () => performance.now()): number | null {
  let smallestMs = Infinity;
  let previousMs = now();
  for (let reading = 0; reading < 2000; reading++) {
    const currentMs = now();
    if (currentMs > previousMs) smallestMs = Math.min(smallestMs, currentMs - previousMs);
    previousMs = currentMs;
  }
  return Number.isFinite(smallestMs) ? Math.round(smallestMs * 1e6) : null;
}
