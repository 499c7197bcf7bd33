import { v8Flags } from "../measure/environment.ts";
import { CompilerError, findCompiler } from "./native_target.ts";

/**
 * What runs a computation: JavaScript; WebAssembly; WebAssembly whose vectors V8 takes two at a time where
 * it knows their addresses (its flag `--experimental-wasm-revectorize`, which holds for all WebAssembly of
 * a process, so that there is either this or `wasm`); C by the machine's compiler, without its
 * optimizations, with them but for no machine in particular, or for this one and with vectors as wide as
 * it has.
 *
 * @category Native code
 */
export type Backend = "javascript" | "wasm" | "wasm-wide" | NativeBackend;

/**
 * Those that are compiled by the machine's C compiler.
 *
 * @category Native code
 */
export type NativeBackend = "native -O0" | "native -O3" | "native best";

/** Its options, but for those that every library has; undefined: the best for this machine. */
export const nativeFlags: Readonly<Record<NativeBackend, readonly string[] | undefined>> = {
  "native -O0": ["-O0"],
  "native -O3": ["-O3"],
  "native best": undefined,
};

/**
 * All of them, the plainest first.
 *
 * @category Native code
 */
export const backendNames: readonly Backend[] = [
  ...["javascript", "wasm", "wasm-wide"] as const,
  ...Object.keys(nativeFlags) as NativeBackend[],
];

/**
 * What runs whole models: all back ends but JavaScript.
 *
 * @category Native code
 */
export type ModelBackend = Exclude<Backend, "javascript">;

/**
 * All of them, the plainest first.
 *
 * @category Native code
 */
export const modelBackendNames: readonly ModelBackend[] = backendNames.filter((name) =>
  name !== "javascript"
);

/** Whether a back end is compiled by the machine's compiler. */
export function isNative(backend: Backend): backend is NativeBackend {
  return Object.hasOwn(nativeFlags, backend);
}

/** V8's flag for pairs of vectors. */
export const WIDE_FLAG = "--experimental-wasm-revectorize";

/**
 * The back ends to use: those that are asked for, or the usual ones that there are.
 *
 * @throws {CompilerError} one that is asked for needs a compiler that is not there, or V8 in another mode.
 * @throws {RangeError} there is no such back end.
 */
export async function chosenBackends<Known extends Backend>(
  asked: readonly Known[] | undefined,
  { known, usual = known, cc, signal, flags = v8Flags() }: {
    readonly known: readonly Known[];
    /** Those to use where none is asked for; left out: all. */
    readonly usual?: readonly Known[];
    readonly cc?: string;
    readonly signal?: AbortSignal;
    /** What V8 was started with; left out: as the environment says. */
    readonly flags?: string | null;
  },
): Promise<readonly Known[]> {
  const unknown = asked?.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new RangeError(`backend "${unknown}", needed one of ${known.join(", ")}`);
  }
  if (asked?.length === 0) throw new RangeError(`no backend, needed one of ${known.join(", ")}`);
  const missing = async (backend: Known) => {
    if (isNative(backend)) {
      await findCompiler({ cc, flags: nativeFlags[backend], signal });
      return;
    }
    const reason = refusedByV8(backend, flags);
    if (reason !== null) throw new CompilerError(`back end "${backend}": ${reason}`);
  };
  const found: Known[] = [];
  for (const backend of asked ?? usual) {
    try {
      await missing(backend);
      found.push(backend);
    } catch (error) {
      if (asked !== undefined || !(error instanceof CompilerError)) throw error;
    }
  }
  return [...new Set(found)];
}

/** Why V8 cannot be had as a back end; null: it can. */
function refusedByV8(backend: Backend, flags: string | null): string | null {
  const isWide = new RegExp(`(^|[\\s,])${WIDE_FLAG.replaceAll("-", "[-_]")}\\b`).test(flags ?? "");
  if (backend === "wasm" && isWide) {
    return `V8 runs with ${WIDE_FLAG}, which makes all WebAssembly here "wasm-wide"`;
  }
  if (backend !== "wasm-wide" || isWide) return null;
  return `V8 takes vectors in pairs only when started with DENO_V8_FLAGS=${WIDE_FLAG}` +
    (flags === null ? ", and this is not to be read without --allow-env=DENO_V8_FLAGS" : "");
}
