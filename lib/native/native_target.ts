import { checkOptions } from "../check_arguments.ts";
import { type ProgramOptions, type ProgramOutput, runProgram } from "../run_program.ts";

/**
 * A compiler of this machine, and what the processor has that it compiles for.
 *
 * @category Native code
 */
export interface NativeTarget {
  /** The command, such as `gcc`. */
  readonly cc: string;
  /** First line of what `cc --version` says. */
  readonly version: string;
  /** Options that every compilation gets. */
  readonly flags: readonly string[];
  /** Bytes of the widest vectors. */
  readonly vectorBytes: 16 | 32 | 64;
  /** Vector registers. */
  readonly vectorRegisters: 16 | 32;
  /** Whether one instruction multiplies and adds fours of int8 (VNNI, or i8mm). */
  readonly hasDot4: boolean;
  /** Whether there are matrix tiles for int8 (AMX), which the system must give leave for as well. */
  readonly hasTiles: boolean;
  /** What its vectors are, such as `AVX-512 VNNI`; `scalar` where nothing is known of any. */
  readonly instructionSet: string;
  /** What the compiler defines for this processor: names all of its instruction sets. */
  readonly macros: string;
}

/**
 * No compiler was found, or it refused a source.
 *
 * @category Native code
 */
export class CompilerError extends Error {
  /** `CompilerError`. */
  override readonly name = "CompilerError";
}

/** What is looked for where no compiler is named. */
export const CANDIDATES: readonly string[] = ["cc", "gcc", "clang"];
const FLAGS = ["-O3", "-march=native"];

/**
 * Finds a C compiler and asks it for the processor. Needs permission to run it.
 *
 * @param options `cc`: the command to use, else the first of `cc`, `gcc` and `clang` that there is;
 *   `flags`: what to optimise with, default `-O3 -march=native`; `signal`: ends it with an `AbortError`.
 * @throws {CompilerError} there is no compiler, or it does not know the flags.
 *
 * @example
 * ```ts
 * import { CompilerError, findCompiler } from "tinyloom";
 *
 * try {
 *   const { cc, vectorBytes } = await findCompiler();
 *   `${cc} compiles for vectors of ${vectorBytes} bytes`;
 * } catch (error) {
 *   if (!(error instanceof CompilerError)) throw error; // there is none on this machine
 * }
 * ```
 *
 * @category Native code
 */
export async function findCompiler(
  options: {
    readonly cc?: string;
    readonly flags?: readonly string[];
    readonly signal?: AbortSignal;
  } = {},
): Promise<NativeTarget> {
  checkOptions("findCompiler", options, "cc flags signal");
  const { cc, flags = FLAGS, signal } = options;
  const candidates = cc === undefined ? CANDIDATES : [cc];
  for (const command of candidates) {
    const version = await runCompiler(command, ["--version"], { signal });
    if (version === null) continue;
    const asked = await runCompiler(
      command,
      [...flags, "-dM", "-E", "-x", "c", "/dev/null"],
      { signal },
    );
    if (asked === null || !asked.success) {
      throw new CompilerError(
        `${command} does not take ${flags.join(" ")}: ${asked?.errors.trim()}`,
      );
    }
    return target(command, version.text.split("\n")[0], flags, asked.text);
  }
  throw new CompilerError(
    `Found no C compiler: ${
      candidates.join(", ")
    } cannot be run; install gcc or clang, or name one by cc`,
  );
}

function target(
  cc: string,
  version: string,
  flags: readonly string[],
  macros: string,
): NativeTarget {
  const has = (name: string) => new RegExp(`^#define ${name} `, "m").test(macros);
  const isWide = has("__AVX512F__");
  return {
    cc,
    version,
    flags,
    vectorBytes: isWide ? 64 : has("__AVX__") ? 32 : 16,
    vectorRegisters: isWide || has("__aarch64__") ? 32 : 16,
    hasDot4: has("__AVX512VNNI__") || has("__AVXVNNI__") || has("__ARM_FEATURE_MATMUL_INT8"),
    hasTiles: has("__AMX_INT8__") || has("__AMXINT8__"),
    instructionSet: INSTRUCTION_SETS.find(([macro]) => has(macro))?.[1] ?? "scalar",
    macros,
  };
}

/** Vectors by what compilers define for them, the best first. */
const INSTRUCTION_SETS = [
  ["__AVX512VNNI__", "AVX-512 VNNI"],
  ["__AVX512F__", "AVX-512"],
  ["__AVXVNNI__", "AVX2 VNNI"],
  ["__AVX2__", "AVX2"],
  ["__AVX__", "AVX"],
  ["__SSE4_1__", "SSE4.1"],
  ["__SSE2__", "SSE2"],
  ["__ARM_FEATURE_MATMUL_INT8", "NEON i8mm"],
  ["__ARM_FEATURE_DOTPROD", "NEON dotprod"],
  ["__ARM_NEON", "NEON"],
] as const;

/** What a compiler says; null: there is none of that name. */
export async function runCompiler(
  command: string,
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<ProgramOutput | null> {
  try {
    return await runProgram(command, args, options);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}
