import type { Dtype } from "../../model/dtype.ts";
import { MAX_RANK } from "../../model/shape.ts";
import { npyTypes } from "./npy.ts";

/** What the header of a `.npy` file says. */
export interface NpyHeader {
  readonly dtype: Dtype;
  readonly bigEndian: boolean;
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
}

/**
 * Reads the Python dictionary that describes the array. NumPy writes three entries and no others:
 * `{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }`.
 *
 * @throws {TypeError} for any other text, and for element types without a typed array.
 */
export function parseNpyHeader(text: string): NpyHeader {
  const body = /^\s*\{(.*)\}\s*$/s.exec(text)?.[1];
  if (body === undefined) throw new TypeError(`header ${quoted(text)}, needed a {...} dictionary`);
  const entries = new Map<string, string>();
  let rest = body.trim();
  while (rest !== "") {
    const match = ENTRY.exec(rest);
    if (match === null) throw new TypeError(`header entry ${quoted(rest)}, needed 'name': value`);
    entries.set(match[2], match[3]);
    rest = rest.slice(match[0].length);
  }
  const names = [...entries.keys()].sort().join(", ");
  if (names !== "descr, fortran_order, shape") {
    throw new TypeError(`header with ${names || "nothing"}; needed descr, fortran_order, shape`);
  }
  const value = (name: string) => entries.get(name) as string;
  return {
    ...elementType(value("descr")),
    ...order(value("fortran_order")),
    shape: shape(value("shape")),
  };
}

// A name, then a string, a word, or a tuple; a list stands for a structured type.
const ENTRY = /^(['"])(\w*)\1\s*:\s*('[^']*'|"[^"]*"|\w+|\([^()]*\)|\[.*\])\s*(?:,\s*|$)/s;

function elementType(text: string): { dtype: Dtype; bigEndian: boolean } {
  const [, order, code] = /^['"]([<>|=]?)(\w+)['"]$/.exec(text) ?? [];
  const found = Object.entries(npyTypes).find(([, known]) => known === code);
  if (found === undefined) {
    throw new TypeError(
      `element type ${quoted(text)}, needed one of ${Object.values(npyTypes).join(", ")}`,
    );
  }
  return { dtype: found[0] as Dtype, bigEndian: order === ">" };
}

function order(text: string): { fortranOrder: boolean } {
  if (text === "True" || text === "False") return { fortranOrder: text === "True" };
  throw new TypeError(`fortran_order ${quoted(text)}, needed True or False`);
}

function shape(text: string): readonly number[] {
  // Python 2 wrote long integers with an L; a tuple of one has a comma.
  const inner = /^\(\s*((?:\d+L?\s*,\s*)*(?:\d+L?)?)\s*\)$/.exec(text)?.[1];
  const extents = inner?.split(",").map((each) => each.trim()).filter((each) => each !== "")
    .map((each) => Number(each.replace("L", "")));
  const isTuple = inner === undefined || inner === "" || inner.includes(",");
  if (extents === undefined || !isTuple || !extents.every(Number.isSafeInteger)) {
    throw new TypeError(`shape ${quoted(text)}, needed a tuple of integers`);
  }
  if (extents.length <= MAX_RANK) return extents;
  throw new TypeError(`shape of ${extents.length} dimensions, needed at most ${MAX_RANK}`);
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}...` : text);
}
