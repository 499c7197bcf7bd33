import { namesThereAre } from "./nearest_name.ts";

/**
 * Refuses options that a function does not have. The lists are words with spaces between; that they
 * name every option of the type, and no other, is checked when this is compiled.
 *
 * @throws {TypeError} naming the option, and the one that was probably meant; or if `options` is no
 *   plain object.
 */
export function checkOptions<Options extends object, const Lists extends readonly string[]>(
  caller: string,
  options: Options,
  ...lists: Lists & Exactly<keyof Options, Words<Lists[number]>>
): void {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new TypeError(`${caller} needs an object of options, found ${foundIn(options)}`);
  }
  for (const key of Object.keys(options)) {
    if (lists.some((list) => ` ${list} `.includes(` ${key} `))) continue;
    const known = lists.flatMap((list) => list.split(" "));
    throw new TypeError(`${caller} has no option "${key}"${namesThereAre(key, known)}`);
  }
}

/**
 * Refuses arguments of another kind than the one that is written before each.
 *
 * @throws {TypeError} saying what was found, and what to call for what is needed.
 */
export function checkArguments(
  caller: string,
  given: { readonly [Kind in ArgumentKind]?: unknown },
): void {
  for (const [kind, value] of Object.entries(given)) {
    const { is, needed, call } = kinds[kind as ArgumentKind];
    if (is(value)) continue;
    throw new TypeError(`${caller} needs ${needed}, found ${foundIn(value)}; ${call}`);
  }
}

/**
 * Refuses what is no whole number of at least so much.
 *
 * @throws {RangeError} naming the first.
 */
export function checkWhole(named: Readonly<Record<string, unknown>>, least = 1): void {
  for (const [name, value] of Object.entries(named)) {
    if (Number.isInteger(value) && value as number >= least) continue;
    throw new RangeError(`${name} is ${value}, needed a whole number of at least ${least}`);
  }
}

/** What arguments are told apart by. */
export type ArgumentKind = keyof typeof kinds;

interface Kind {
  readonly is: (value: unknown) => boolean;
  readonly needed: string;
  /** What gives a value of the kind. */
  readonly call: string;
}

const kinds = {
  engine: kind(
    (value) => Array.isArray(value.layers) && value.wasm instanceof Uint8Array,
    "an engine",
    "createEngine(model) gives one",
  ),
  model: kind(
    (value) => Array.isArray(value.operators) && Array.isArray(value.tensors),
    "a model",
    "readModel(bytes) reads one from a file's bytes, zoo(name) builds one",
  ),
  plan: kind(
    // What is missing in one that was edited, whoever takes it says.
    (value) =>
      "techniques" in value || (Array.isArray(value.buffers) && Array.isArray(value.steps)),
    "a plan",
    "planMemory(model) gives one",
  ),
  deployment: kind(
    (value) => "emitted" in value && "project" in value,
    "a deployment",
    "deploy(model) gives one",
  ),
  pipeline: kind(
    (value) => Array.isArray(value.nodes),
    "a pipeline of loop nests",
    "definePipeline and convVariants give some",
  ),
  nest: kind(
    (value) => Array.isArray(value.loops) && Array.isArray(value.tensors),
    "a loop nest",
    "matmul, conv2d and defineNest give some",
  ),
  computation: kind(
    (value) => Array.isArray(value.nodes) || Array.isArray(value.loops),
    "a loop nest or a pipeline",
    "matmul, conv2d, convVariants and defineNest give some",
  ),
  table: kind(
    (value) => typeof value.getChild === "function" && "schema" in value,
    "an Arrow table",
    "tableFromRows(rows) makes one, loadTable(path) reads one",
  ),
  bytes: {
    is: (value) => value instanceof Uint8Array,
    needed: "bytes (Uint8Array)",
    call: "await Deno.readFile(path) reads a file's",
  },
  layer: {
    is: (value) => typeof value === "number",
    needed: "the number of a layer",
    call: "engine.layers lists them, from 0",
  },
} as const satisfies Readonly<Record<string, Kind>>;

function kind(
  is: (value: Readonly<Record<string, unknown>>) => boolean,
  needed: string,
  call: string,
): Kind {
  const isKind = (value: unknown) =>
    typeof value === "object" && value !== null && is(value as Readonly<Record<string, unknown>>);
  return { is: isKind, needed, call };
}

/** What a value is, for a message. */
function foundIn(value: unknown): string {
  if (typeof value === "string") {
    return `the text ${JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value)}`;
  }
  if (typeof value === "function") return `the function ${value.name || "without a name"}`;
  if (typeof value !== "object" || value === null) return String(value);
  if (value instanceof Promise) return "a Promise (without await)";
  if (ArrayBuffer.isView(value)) {
    return `${withArticle(value.constructor.name)} of ${value.byteLength} bytes`;
  }
  if (Array.isArray(value)) return `an array of ${value.length}`;
  const known = Object.values(kinds).find((each) => each.is(value));
  if (known !== undefined) return known.needed;
  const keys = Object.keys(value);
  return keys.length === 0 ? "an empty object" : `an object with ${keys.slice(0, 5).join(", ")}`;
}

function withArticle(name: string): string {
  return `${/^[AEIO]/.test(name) ? "an" : "a"} ${name}`;
}

/** The words of texts with spaces between. */
type Words<Text extends string> = Text extends `${infer Word} ${infer Rest}` ? Word | Words<Rest>
  : Text;

/** Anything if the two are the same names, else what is wrong with them. */
type Exactly<Needed, Found> = [Needed] extends [Found]
  ? [Found] extends [Needed] ? unknown : { readonly tooMany: Exclude<Found, Needed> }
  : { readonly missing: Exclude<Needed, Found> };
