import { type Backend, backendNames } from "../native/backends.ts";
import { type Flag, type FlagValues, InputError, UsageError } from "./command.ts";

/** Flags of every command that times something by several back ends. */
export function backendFlags(
  known: readonly Backend[] = backendNames,
): Readonly<Record<"backends" | "cc", Flag>> {
  return {
    backends: {
      kind: "text",
      value: "LIST",
      about: `by each of these back ends, on one thread: which of ${
        known.map(spelt).join(",")
      }; all: the usual ones that there are`,
    },
    cc: {
      kind: "text",
      value: "COMMAND",
      about:
        "the C compiler of native ones (default: the first of cc, gcc and clang that there is)",
    },
  };
}

/** What the help of these commands tells of them. */
export const backendDetails =
  "With --backends there is a row for each back end: WebAssembly by V8, or C by your compiler, without " +
  "its optimizations (native-O0), with them (native-O3), or for this processor and its vectors " +
  "(native-best). Each is verified before anything is timed, products are not fused with sums, and rows " +
  "tell the compiler, its flags and the vectors. wasm-wide needs " +
  "DENO_V8_FLAGS=--experimental-wasm-revectorize. Libraries are kept in the system's folder of temporary files.";

/** How the command line spells a back end: without blanks. */
function spelt(backend: Backend): string {
  return backend.replace(/ -?/, "-");
}

/**
 * The back ends that --backends lists; undefined: all that there are.
 *
 * @throws {UsageError} there is no such back end.
 */
export function backendsOf<Known extends Backend>(
  { backends }: FlagValues,
  known: readonly Known[],
): readonly Known[] | undefined {
  const list = (backends as string).split(",").map((each) => each.trim());
  if (list.length === 1 && list[0] === "all") return undefined;
  return list.map((name) => {
    const found = known.find((each) => name === each || name === spelt(each));
    if (found !== undefined) return found;
    const names = ["all", ...known.map(spelt)].join(", ");
    throw new UsageError(`--backends: there is no "${name}", only ${names}`);
  });
}

/**
 * Refuses a compiler that nothing is compiled by.
 *
 * @throws {UsageError} --cc without --backends.
 */
export function checkCompiler({ cc, backends }: FlagValues): void {
  if (cc !== undefined && backends === undefined) {
    throw new UsageError("--cc is for native --backends");
  }
}

/** What a machine lacks for a back end is wrong input. */
export async function asLacking<Result>(timing: Promise<Result>): Promise<Result> {
  return await timing.catch((error) => {
    const isLacking = error instanceof Error && error.name === "CompilerError";
    throw isLacking ? new InputError(`--backends: ${error.message}`, { cause: error }) : error;
  });
}
