import { isFloat } from "../nest/dtype.ts";
import type { DType } from "../nest/dtype.ts";
import { scalesOf } from "../nest/check_expr.ts";
import type { BinaryOp, Nest } from "../nest/nest.ts";
import { unsignedOffset } from "../schedule/dot_group.ts";
import { lower } from "./lower.ts";
import type {
  Accumulate,
  Compute,
  Guard,
  Node,
  Part,
  Program,
  Range,
  Ref,
  Value,
} from "./program.ts";

/**
 * Writes a nest as a JavaScript function over typed arrays, its tensors in order:
 * `function matmul(A, B, C) { ... }`. It runs on one thread and computes, bit for bit, what
 * {@link compile} without `fma` computes. Loop variables count from the start of their tile.
 *
 * Extents that are given at run time are arguments behind the tensors: `kExtent` for an axis k.
 *
 * @throws {ScheduleError} the schedule is not legal.
 * @throws {RangeError} an extent is larger than its axis, or they do not fall.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { matmul, toJavaScript } from "tinyloom";
 *
 * const run = new Function(`return ${toJavaScript(matmul({ m: 1, k: 2, n: 1 }))}`)();
 * const C = new Float32Array(1);
 * run(Float32Array.of(2, 3), Float32Array.of(10, 100), C);
 * assert.equal(C[0], 320);
 * ```
 */
export function toJavaScript(nest: Nest, options: JavaScriptOptions = {}): string {
  const { extents = {} } = options;
  const program = lower(nest, { share: false, extents });
  const given = Object.keys(extents).map((axis) => `${axis}Extent`);
  const dtypes = new Map(program.buffers.map(({ name, dtype }) => [name, dtype]));
  const tensors = program.buffers.filter(({ role }) => role !== "packed").map(({ name }) => name);
  return [
    `function ${nest.name.replace(/^(?=\d)|\W/g, "_")}(${[...tensors, ...given].join(", ")}) {`,
    ...nest.body.finish && scalesOf(nest.body.finish).length > 0 ? requantizeLines : [],
    ...packedBuffers(program),
    ...nodes(program.body, { indent: "  ", dtypes, steps: new Map() }),
    "}",
    "",
  ].join("\n");
}

/** What {@link toJavaScript} leaves open. */
export interface JavaScriptOptions {
  /** Extents that there may be, the largest first, by axis; default none. */
  readonly extents?: Readonly<Record<string, readonly number[]>>;
}

// As multiplyByQuantizedMultiplier of lib/model/fixed_point.ts has it from gemmlowp: the high half of
// the doubled product, rounded, then a division by a power of two, rounded again, halves away from 0.
const requantizeLines = [
  "  const requantize = (value, multiplier, shift) => {",
  "    const product = BigInt(value << Math.max(shift, 0)) * BigInt(multiplier);",
  "    const high = Number(product + (1n << 30n) >> 31n);",
  "    const right = Math.max(-shift, 0);",
  "    const mask = (1 << right) - 1 | 0;",
  "    const threshold = (mask >> 1) + (high < 0 ? 1 : 0);",
  "    return (high >> right) + ((high & mask) > threshold ? 1 : 0);",
  "  };",
];

interface Scope {
  readonly indent: string;
  readonly dtypes: ReadonlyMap<string, DType>;
  /** Elements per step of the loops around. */
  readonly steps: ReadonlyMap<string, number>;
}

function packedBuffers(program: Program): string[] {
  const arrays = {
    f32: "Float32Array",
    f64: "Float64Array",
    i8: "Int8Array",
    u8: "Uint8Array",
    i16: "Int16Array",
    i32: "Int32Array",
  };
  return program.buffers.filter(({ role }) => role === "packed").map(({ name, dtype, elements }) =>
    `  const ${name} = new ${arrays[dtype]}(${elements});`
  );
}

function nodes(list: readonly Node[], scope: Scope): string[] {
  return list.flatMap((node) => {
    switch (node.kind) {
      case "range":
        return rangeLines(node, scope);
      case "compute":
        return computeLines(node, scope);
      case "accumulate":
        return accumulateLines(node, scope);
      default:
        return [];
    }
  });
}

function rangeLines(range: Range, outer: Scope): string[] {
  const { loop, parts, extent } = range;
  const steps = new Map(outer.steps).set(loop, range.step);
  const scope = { ...outer, indent: outer.indent + "  ", steps };
  const { within, sizes } = extent;
  const end = extent.given !== null
    ? `${extent.given}Extent`
    : within === null
    ? String(sizes[0])
    : `Math.min(${outer.steps.get(within)}, ${within}End - ${within})`;
  const [part] = parts;
  const isKnown = within === null && extent.given === null;
  if (parts.length === 1 && isKnown && part.times !== "equals" && part.times !== "left") {
    const body = nodes(part.body, scope);
    const last = Math.floor(sizes[0] / part.unit) * part.unit;
    const header = `for (let ${loop} = 0; ${loop} < ${last}; ${advance(loop, part.unit)}) {`;
    return [outer.indent + header, ...body, `${outer.indent}}`];
  }
  const lines = [`${scope.indent}const ${loop}End = ${end};`, `${scope.indent}let ${loop} = 0;`];
  let done = 0;
  for (const each of parts) {
    lines.push(...partLines(each, loop, done, scope));
    if (typeof each.times === "number") done += each.times * each.unit;
  }
  return [`${outer.indent}{`, ...lines, `${outer.indent}}`];
}

function partLines(part: Part, loop: string, done: number, scope: Scope): string[] {
  const inner = { ...scope, indent: scope.indent + "  " };
  const { times, unit } = part;
  const next = advance(loop, unit);
  const header = times === "equals"
    ? `if (${loop}End - ${loop} === ${unit}) {`
    : times === "left" || (times === "fits" && unit === 1)
    ? `for (; ${loop} < ${loop}End; ${next}) {`
    : times === "fits"
    ? `for (; ${loop} + ${unit} <= ${loop}End; ${next}) {`
    : `for (; ${loop} < ${done + times * unit}; ${next}) {`;
  return [scope.indent + header, ...nodes(part.body, inner), `${scope.indent}}`];
}

function advance(loop: string, unit: number): string {
  return unit === 1 ? `${loop}++` : `${loop} += ${unit}`;
}

// A block of its own, since unrolled copies of it stand side by side.
function accumulateLines(node: Accumulate, outer: Scope): string[] {
  const indent = outer.indent + "  ";
  const scope = { ...outer, indent };
  const before: string[] = [];
  const after: string[] = [];
  for (const register of node.registers) {
    const { id, ref, dtype, width } = register;
    const lanes = width.reduces ? width.lanes : width.active;
    const finished = (sum: string, lane: number) =>
      register.finish ? valueText(register.finish, lane, { dtype, width, sum }, scope) : sum;
    for (let lane = 0; lane < lanes; lane++) {
      const start = !width.reduces
        ? String(node.start ?? element(ref, lane, 0, scope))
        : node.update === "add"
        ? "0"
        : dtype === "i32"
        ? String(-(2 ** 31))
        : "-Infinity";
      before.push(`${indent}let c${id}_${lane} = ${start};`);
    }
    if (width.reduces) {
      const names = Array.from({ length: lanes }, (_, lane) => `c${id}_${lane}`);
      const whole = element(ref, 0, 0, scope);
      const sum = acrossLanes(names, (a, b) => apply(node.update, a, b, dtype));
      const before = String(node.start ?? whole);
      after.push(`${indent}${whole} = ${finished(apply(node.update, before, sum, dtype), 0)};`);
    } else {
      for (let lane = 0; lane < lanes; lane++) {
        after.push(
          `${indent}${element(ref, lane, 0, scope)} = ${finished(`c${id}_${lane}`, lane)};`,
        );
      }
    }
  }
  return [`${outer.indent}{`, ...before, ...nodes(node.body, scope), ...after, `${outer.indent}}`];
}

// The order in which the vector code adds lanes: (0 + 1) + (2 + 3).
function acrossLanes(names: readonly string[], add: (a: string, b: string) => string): string {
  let sum = add(names[0], names[1]);
  for (let lane = 2; lane < names.length; lane += 2) {
    sum = add(sum, add(names[lane], names[lane + 1]));
  }
  return sum;
}

function computeLines(compute: Compute, scope: Scope): string[] {
  const { target, update, value, dtype, width } = compute;
  if (value.kind === "pair" && "ref" in target) {
    const { ref } = target;
    const pair = [value.first, value.second];
    return Array.from(
      { length: width.active },
      (_, lane) =>
        pair.map((each, which) =>
          `${scope.indent}${element(ref, lane, which, scope)} = ` +
          `${valueText(each, lane, compute, scope)};`
        ),
    ).flat();
  }
  return Array.from({ length: width.active }, (_, lane) => {
    const left = "ref" in target
      ? element(target.ref, lane, 0, scope)
      : `c${target.register}_${lane}`;
    const right = valueText(value, lane, compute, scope);
    const result = update === "set" ? right : apply(update, left, right, dtype);
    return `${scope.indent}${left} = ${result};`;
  });
}

/** What a value is computed as, and for which sum. */
interface Kind extends Pick<Compute, "dtype" | "width"> {
  /** What a sum that is finished has come to. */
  readonly sum?: string;
}

function valueText(value: Value, lane: number, kind: Kind, scope: Scope, member = 0): string {
  const { dtype, width } = kind;
  switch (value.kind) {
    case "constant":
      return String(value.value);
    case "sum":
      return kind.sum!;
    case "load": {
      const text = guarded(value.ref, converted(value.ref, lane, member, kind, scope), scope);
      return value.ref.isUnsigned ? `(${text} + ${unsignedOffset})` : text;
    }
    case "requantize": {
      const operands = [value.value, value.multiplier, value.shift]
        .map((each) => valueText(each, lane, kind, scope));
      return `requantize(${operands.join(", ")})`;
    }
    case "pair":
    case "use":
      throw new TypeError(`A value of kind ${value.kind} has no place in this expression`);
    case "binary": {
      const one = (which: number) =>
        apply(
          value.op,
          valueText(value.left, lane, kind, scope, which),
          valueText(value.right, lane, kind, scope, which),
          dtype,
        );
      if (width.group === 1 || value.op !== "mul") return one(member);
      return Array.from({ length: width.members }, (_, which) => one(which))
        .reduce((sum, product) => apply("add", sum, product, dtype));
    }
  }
}

function apply(op: BinaryOp, left: string, right: string, dtype: DType): string {
  if (op === "min" || op === "max") return `Math.${op}(${left}, ${right})`;
  if (!isFloat(dtype)) {
    if (op === "shr") return `(${left} >> ${right})`;
    if (op === "mul") return `Math.imul(${left}, ${right})`;
    return `(${left} ${op === "add" ? "+" : "-"} ${right} | 0)`;
  }
  const plain = `${left} ${{ add: "+", sub: "-", mul: "*", shr: ">>" }[op]} ${right}`;
  return dtype === "f32" ? `Math.fround(${plain})` : `(${plain})`;
}

function guarded(ref: Ref, text: string, scope: Scope): string {
  if (ref.guards.length === 0) return text;
  const conditions = ref.guards.map((guard: Guard) =>
    `(${position(guard.offset, guard.strides, scope)}) >>> 0 < ${guard.extent}`
  );
  return `(${conditions.join(" && ")} ? ${text} : ${ref.outside})`;
}

// An int32 is rounded to a float32 before it is used.
function converted(ref: Ref, lane: number, member: number, { dtype }: Kind, scope: Scope): string {
  const text = element(ref, lane, member, scope);
  return dtype === "f32" && scope.dtypes.get(ref.buffer) === "i32" ? `Math.fround(${text})` : text;
}

function element(ref: Ref, lane: number, member: number, scope: Scope): string {
  const offset = ref.offset + lane * ref.lane + member * ref.member;
  return `${ref.buffer}[${position(offset, ref.strides, scope)}]`;
}

// Loops with the same stride are added first: 640 * (ti + i) + j.
function position(
  offset: number,
  strides: Readonly<Record<string, number>>,
  scope: Scope,
): string {
  const groups = new Map<number, string[]>();
  for (const [loop, stride] of Object.entries(strides)) {
    const step = scope.steps.get(loop)!;
    const whole = stride % step === 0;
    const factor = whole ? stride / step : stride;
    groups.set(factor, [...groups.get(factor) ?? [], whole ? loop : `(${loop} / ${step})`]);
  }
  const parts = [...groups].map(([factor, loops]) => {
    const sum = loops.join(" + ");
    return factor === 1 ? sum : `${factor} * ${loops.length === 1 ? sum : `(${sum})`}`;
  });
  if (offset !== 0 || parts.length === 0) parts.push(String(offset));
  return parts.join(" + ").replaceAll("+ -", "- ");
}
