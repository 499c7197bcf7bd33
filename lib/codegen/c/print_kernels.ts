import { throwIfStopped } from "../../host.ts";
import type { KernelCode, Local, Region, Space, Value } from "../../kernel/kernel.ts";
import { valuesOf, visitStatements, visitValue } from "../../kernel/parts.ts";
import { thumbText } from "../thumb/print_thumb.ts";
import { helpers } from "./helpers.ts";
import { laneVectors } from "./lane_vectors.ts";
import { calleesFirst, calleesOf, liveCode } from "./live_code.ts";
import { checkPointerSpaces } from "./pointer_spaces.ts";
import { printBody } from "./print_function.ts";
import { keywords, printValue, type ValueContext } from "./print_value.ts";
import { cTypes, type VectorFunction, type VectorStyle } from "./vector_style.ts";

/** Kernels as C functions, and how they are called. */
export interface PrintedKernels {
  /** What the functions need before them. */
  readonly prelude: string;
  /** All of them, those that are called first. */
  readonly functions: string;
  /** One by one. */
  readonly each: readonly PrintedFunction[];
  /** Whether they compute with floating-point numbers, so that `math.h` is needed. */
  readonly usesFloats: boolean;
  /** The call of a kernel, in a scope where the spaces are known by their names. */
  readonly callOf: (name: string, args: readonly Value[]) => string;
}

/** A kernel as a C function. */
export interface PrintedFunction {
  readonly name: string;
  readonly text: string;
  /** Its first line, without the brace. */
  readonly head: string;
  /** Whether it stays a function of its own: it works on memory, and gives nothing. */
  readonly isApart: boolean;
}

/** Spaces that functions are given, as pointers to their first bytes. */
export const spaceTypes: Readonly<Record<Space, string>> = {
  constants: "const uint8_t *",
  arena: "uint8_t *",
  state: "uint8_t *",
  external: "const uint8_t *",
  workspace: "uint8_t *",
  refusal: "uint8_t *",
  memory: "uint8_t *",
};

const spaceNames = Object.keys(spaceTypes) as Space[];

/** How kernels are printed. */
export interface PrintOptions {
  /** The base of constants, an expression; null: functions are given it as that of any other space. */
  readonly constants: string | null;
  /** What symbols of functions in assembly begin with: see `thumbText`; null: there are none. */
  readonly thumb?: string | null;
  /** How vectors are written; left out: lane by lane. */
  readonly vectors?: VectorStyle;
  /** Functions of C that kernels call beside each other. */
  readonly outside?: ReadonlySet<string>;
}

/**
 * Prints kernels as static C functions. A pointer is an offset in its region's space (uint32, which
 * wraps); the base of each space that a function needs is a parameter of its own.
 *
 * @throws {TypeError} for a pointer that could point into another space than it should, an
 *   instruction that has no text in C, a store to constants, or kernels that call each other in turn.
 * @throws {DOMException} if it is ended before its end.
 */
export function printKernels(
  kernels: readonly KernelCode[],
  { constants, thumb = null, vectors = laneVectors, outside = new Set() }: PrintOptions,
): PrintedKernels {
  const ordered = calleesFirst(kernels, outside);
  const pointers = checkPointerSpaces(ordered);
  const known = new Map<string, Printed>();
  const vectorFunctions = new Map<string, string>();
  const use = (functions: readonly VectorFunction[]) =>
    functions.forEach(({ name, text }) => vectorFunctions.set(name, text));
  const symbols = new Map<string, string>();
  const callOf = (callee: string, args: readonly Value[], context: ValueContext): string => {
    const { keeps, spaces } = known.get(callee) ?? { keeps: args.map(() => true), spaces: [] };
    const given = args.filter((_, i) => keeps[i]).map((each) => printValue(each, context));
    return `${callee}(${[...spaces, ...given].join(", ")})`;
  };
  for (const each of ordered) {
    throwIfStopped();
    const { kernel, keeps } = liveCode(each, (callee) => known.get(callee)?.keeps ?? null);
    const spaces = spacesOf(kernel, {
      hasConstants: constants === null,
      spacesOfCallee: (callee) => known.get(callee)?.spaces ?? [],
    });
    const names = new Names(spaceNames);
    const context: ValueContext = {
      nameOf: (local) => names.of(local),
      baseOf: ({ space }: Region) => space === "constants" ? constants ?? space : space,
      callOf: (callee, args) => callOf(callee, args, context),
      vectors,
      use,
    };
    const parameters = [
      ...spaces.map((space) => `${spaceTypes[space]}${space}`),
      ...kernel.parameters.filter((_, i) => keeps[i])
        .map((local) => `${cTypes[local.type]} ${context.nameOf(local)}`),
    ];
    const result = kernel.result === null ? "void" : cTypes[kernel.result];
    const isApart = kernel.result === null;
    // Functions that work on memory stay apart: within their caller they would all need stack at once.
    const apart = isApart ? "TL_APART " : "";
    const head = `static ${result} ${kernel.name}(${parameters.join(", ") || "void"})`;
    // Where the work is done in functions, what is around their calls is to be small.
    const loop = thumb !== null && calleesOf(kernel).size > 0 ? "TL_ROLLED " : "";
    const portable = `${apart}${head} {\n${printBody(kernel, context, { loop })}\n}`;
    const given = { ...kernel, parameters: kernel.parameters.filter((_, i) => keeps[i]) };
    const assembly = thumb === null ? null : thumbText(given, {
      symbol: `${thumb}_${kernel.name}`,
      known: symbols,
      head: head.replace("static", "static inline"),
      context,
      pointers,
    });
    const text = assembly === null ? portable : `${assembly}\n#else\n${portable}\n#endif`;
    known.set(kernel.name, { name: kernel.name, head, text, isApart, keeps, spaces });
  }
  const each = [...known.values()];
  const functions = each.map(({ text }) => text).join("\n\n");
  const prelude = preludeOf([...vectorFunctions.values()], functions, vectors);
  const caller: ValueContext = {
    nameOf: ({ name }) => name,
    baseOf: ({ space }) => space,
    callOf: (callee, args) => callOf(callee, args, caller),
    vectors,
    use,
  };
  return {
    prelude,
    functions,
    each,
    usesFloats: /\b(float|double)\b/.test(functions + prelude.replace(vectors.types, "")),
    callOf: (name, args) => callOf(name, args, caller),
  };
}

interface Printed extends PrintedFunction {
  /** For each parameter whether it is one in C. */
  readonly keeps: readonly boolean[];
  readonly spaces: readonly Space[];
}

/** The spaces that a kernel accesses, by itself or by those that it calls. */
function spacesOf(
  kernel: KernelCode,
  { hasConstants, spacesOfCallee }: {
    /** Whether that of constants is one of them. */
    readonly hasConstants: boolean;
    readonly spacesOfCallee: (callee: string) => Printed["spaces"];
  },
): Printed["spaces"] {
  const found = new Set<Space>();
  const see = (value: Value) =>
    visitValue(value, (each) => each.kind === "load" && found.add(each.place.region.space));
  visitStatements(kernel.body, (statement) => {
    valuesOf(statement).forEach(see);
    if (statement.kind !== "store") return;
    const { name, space } = statement.place.region;
    if (spaceTypes[space].startsWith("const")) {
      throw new TypeError(`kernel ${kernel.name} writes ${name}, which lies in ${space}`);
    }
    found.add(space);
  });
  if (kernel.returns !== null) see(kernel.returns);
  for (const callee of calleesOf(kernel)) spacesOfCallee(callee).forEach((each) => found.add(each));
  return spaceNames.filter((each) => found.has(each) && (hasConstants || each !== "constants"));
}

// With the arena's address known in it, GCC 12 takes some functions for ones without effect, and leaves
// out their calls: where strides of two pointers differ by a factor that addresses are scaled by.
const macros = `#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ >= 8
#define TL_APART __attribute__((noipa))
#elif defined(__GNUC__)
#define TL_APART __attribute__((noinline))
#else
#define TL_APART
#endif
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ >= 8
#define TL_ROLLED _Pragma("GCC unroll 1")
#else
#define TL_ROLLED
#endif
#if defined(__GNUC__)
#define TL_SPARE __attribute__((unused))
#else
#define TL_SPARE
#endif`;

/** Helpers that are used, those that they use before them. */
function preludeOf(
  own: readonly string[],
  functions: string,
  { types }: VectorStyle,
): string {
  const body = [...own, functions].join("\n");
  const used = Object.keys(helpers).filter((name) => new RegExp(`\\b${name}\\b`).test(body));
  return [
    macros,
    .../\btl_v(128|256|512)\b/.test(body) ? [types] : [],
    ...used.map((name) => helpers[name]).filter((text) => !types.includes(headOf(text))),
    ...own,
  ].join("\n\n");
}

/** The first line of a helper, by which one is known that types bring along. */
function headOf(text: string): string {
  return text.split("\n")[0].split("{")[0];
}

const TAKEN = new Set([...keywords, "constants", "memcpy"]);

/** Names of a function's variables, each its own. */
class Names {
  readonly #names = new Map<Local, string>();
  readonly #taken = new Set<string>();
  readonly #spaces: ReadonlySet<string>;

  /** Spaces are parameters, too. */
  constructor(spaces: readonly string[]) {
    this.#spaces = new Set(spaces);
  }

  of(local: Local): string {
    const known = this.#names.get(local);
    if (known !== undefined) return known;
    const plain = local.name.replace(/\W/g, "_");
    let name = TAKEN.has(plain) || this.#spaces.has(plain) ? `${plain}_` : plain;
    for (let i = 1; this.#taken.has(name); i++) name = `${plain}_${i}`;
    this.#taken.add(name);
    this.#names.set(local, name);
    return name;
  }
}
