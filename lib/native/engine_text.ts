import { nativeVectors } from "../codegen/c/native_vectors.ts";
import { type PrintedFunction, printKernels, spaceTypes } from "../codegen/c/print_kernels.ts";
import { codesOf, MARK, runKernel } from "../engine/build_module.ts";
import type { EngineProgram } from "../engine/load_program.ts";
import type { Space } from "../kernel/kernel.ts";
import { constant, use } from "../kernel/values.ts";

/** An engine as the source of a shared library. */
export interface EngineText {
  /** Compiles as it is; with `PART` defined as a number from 0, only that part of it. */
  readonly source: string;
  /** How many parts it has, which together are the library. */
  readonly parts: number;
}

/**
 * Writes an engine as the source of a shared library: `run(memory, layer)` runs one layer, or all of them,
 * `run_marked(memory, mark)` all of them with a call of `mark` after each. The kernels are those that
 * would be encoded as WebAssembly, and so is what calls them. Layers that differ in addresses alone
 * are compiled once, and all are dealt out to parts, so that several compilers have work.
 */
export function engineText(
  { kernels, flow }: EngineProgram,
  spaces: Readonly<Record<Space, number>>,
): EngineText {
  const options = { flow, shared: false };
  const entries = [
    runKernel(kernels, { ...options, name: "run_layers", isMarked: false }),
    runKernel(kernels, { ...options, name: "run_marked_layers", isMarked: true }),
  ];
  const printed = printKernels([...codesOf(kernels), ...entries], {
    constants: null,
    vectors: nativeVectors,
    outside: new Set([MARK]),
  });
  const bases = Object.entries(spaceTypes).map(([space, type]) =>
    `  ${type}const ${space} = base + ${spaces[space as Space]}; (void)${space};`
  ).join("\n");
  const layer = use({ name: "layer", type: "i32" });
  const call = (name: string) => printed.callOf(name, [constant(0), constant(1), layer]);
  const layers = withTwinsOnce(printed.each.filter(({ isApart }) => isApart));
  const parts = partsOf(layers, new Set(entries.map(({ name }) => name)));
  const source = `#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef PART
#define IN_PART(part) (PART == (part))
#define TL_LAYER __attribute__((visibility("hidden")))
#else
#define IN_PART(part) 1
#define TL_LAYER static
#endif

#if IN_PART(0)
static void (*given_mark)(int32_t);
static inline void ${MARK}(uint32_t layer) { given_mark((int32_t)layer); }
#endif

${printed.prelude}

${layers.map(({ head }) => `${head.replace("static", "TL_LAYER")};`).join("\n")}

${printed.each.filter(({ isApart }) => !isApart).map(({ text }) => text).join("\n\n")}

${parts.map(partText).join("\n\n")}

#if IN_PART(0)
void run(uint8_t *base, int32_t wanted) {
  const uint32_t layer = (uint32_t)wanted;
${bases}
  ${call("run_layers")};
}

void run_marked(uint8_t *base, void (*mark)(int32_t)) {
  const uint32_t layer = 0;
${bases}
  (void)layer;
  given_mark = mark;
  ${call("run_marked_layers")};
}
#endif
`;
  return { source, parts: parts.length };
}

function partText(functions: readonly PrintedFunction[], part: number): string {
  const texts = functions.map(({ text }) => text.replace("static", "TL_LAYER"));
  return [`#if IN_PART(${part})`, ...texts, "#endif"].join("\n\n");
}

/** Where a number is an offset: what a variable begins with, or what is added to a space. */
const OFFSET = new RegExp(
  `(^ *uint32_t \\w+ = |\\b(?:${Object.keys(spaceTypes).join("|")}) \\+ )(\\d+u)\\b`,
  "gm",
);

/** The functions, with one in the place of those that are the same but for offsets: it is given them. */
function withTwinsOnce(functions: readonly PrintedFunction[]): readonly PrintedFunction[] {
  const twins = Map.groupBy(
    functions,
    ({ name, text }) => text.replace(name, "").replace(OFFSET, "$1"),
  );
  return [...twins.values()].flatMap((each) => each.length === 1 ? each : sharedBy(each));
}

/** One function for all, and for each one that calls it. */
function sharedBy(twins: readonly PrintedFunction[]): readonly PrintedFunction[] {
  const offsets = twins.map(({ text }) => [...text.matchAll(OFFSET)].map(([, , number]) => number));
  const parameters = new Map<string, string>();
  const parameterAt = offsets[0].map((first, at) => {
    const numbers = offsets.map((each) => each[at]);
    if (numbers.every((number) => number === first)) return null;
    const key = numbers.join();
    if (!parameters.has(key)) parameters.set(key, `offset_${parameters.size}`);
    return parameters.get(key)!;
  });
  const [{ name: first, head, text }] = twins;
  const name = `${first}_and_alike`;
  const given = [.../\((.*)\)/.exec(head)![1].matchAll(/\w+(?=,|$)/g)].flat();
  const own = [...parameters.values()].map((each) => `, uint32_t ${each}`).join("");
  const sharedHead = head.replace(first, name).replace(/\)$/, `${own})`);
  let at = 0;
  const body = text.slice(text.indexOf("{"))
    .replace(OFFSET, (_, before, number) => before + (parameterAt[at++] ?? number));
  const one = { name, head: sharedHead, text: `TL_APART ${sharedHead} ${body}`, isApart: true };
  const calls = twins.map((twin, i) => {
    const numbers = [...parameters.keys()].map((key) => key.split(",")[i]);
    const call = `${name}(${[...given, ...numbers].join(", ")})`;
    return { ...twin, text: `TL_APART ${twin.head} {\n  ${call};\n}` };
  });
  return [one, ...calls];
}

/** Characters that a compiler has at least: less takes it no time worth mentioning. */
const PART_LENGTH = 200_000;
const MOST_PARTS = 8;

/** Deals functions out so that all parts are about as long; what runs the layers is in the first. */
function partsOf(
  functions: readonly PrintedFunction[],
  first: ReadonlySet<string>,
): readonly (readonly PrintedFunction[])[] {
  const all = functions.reduce((sum, { text }) => sum + text.length, 0);
  const count = Math.min(Math.ceil(all / PART_LENGTH), MOST_PARTS);
  const parts = Array.from(
    { length: count },
    () => ({ length: 0, functions: [] as PrintedFunction[] }),
  );
  const longestFirst = functions.toSorted((a, b) => b.text.length - a.text.length);
  for (const each of longestFirst) {
    const isFirst = first.has(each.name);
    const part = isFirst ? parts[0] : parts.reduce((a, b) => b.length < a.length ? b : a);
    part.functions.push(each);
    part.length += each.text.length;
  }
  return parts.map(({ functions }) => functions);
}
