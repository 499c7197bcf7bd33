import { isFloat } from "../nest/dtype.ts";
import type { DType } from "../nest/dtype.ts";
import type { BinaryOp, Nest } from "../nest/nest.ts";
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
 * @throws {ScheduleError} the schedule is not legal.
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
export function toJavaScript(nest: Nest): string {
  const program = lower(nest, { share: false });
  const dtypes = new Map(program.buffers.map(({ name, dtype }) => [name, dtype]));
  const tensors = program.buffers.filter(({ role }) => role !== "packed").map(({ name }) => name);
  return [
    `function ${nest.name.replace(/^(?=\d)|\W/g, "_")}(${tensors.join(", ")}) {`,
    ...packedBuffers(program),
    ...nodes(program.body, { indent: "  ", dtypes, steps: new Map() }),
    "}",
    "",
  ].join("\n");
}

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
  const end = within === null
    ? String(sizes[0])
    : `Math.min(${outer.steps.get(within)}, ${within}End - ${within})`;
  const [part] = parts;
  if (parts.length === 1 && within === null && part.times !== "equals" && part.times !== "left") {
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
  for (const { id, ref, dtype, width } of node.registers) {
    const lanes = width.reduces ? width.lanes : width.active;
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
      after.push(`${indent}${whole} = ${apply(node.update, before, sum, dtype)};`);
    } else {
      for (let lane = 0; lane < lanes; lane++) {
        after.push(`${indent}${element(ref, lane, 0, scope)} = c${id}_${lane};`);
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

function valueText(value: Value, lane: number, compute: Compute, scope: Scope, pair = 0): string {
  const { dtype, width } = compute;
  switch (value.kind) {
    case "constant":
      return String(value.value);
    case "load":
      return guarded(value.ref, converted(value.ref, lane, pair, compute, scope), scope);
    case "pair":
    case "use":
      throw new TypeError(`A value of kind ${value.kind} has no place in this expression`);
    case "binary": {
      const one = (which: number) =>
        apply(
          value.op,
          valueText(value.left, lane, compute, scope, which),
          valueText(value.right, lane, compute, scope, which),
          dtype,
        );
      const paired = width.pairs === 2 && value.op === "mul";
      return paired ? apply("add", one(0), one(1), dtype) : one(pair);
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
function converted(ref: Ref, lane: number, pair: number, { dtype }: Compute, scope: Scope): string {
  const text = element(ref, lane, pair, scope);
  return dtype === "f32" && scope.dtypes.get(ref.buffer) === "i32" ? `Math.fround(${text})` : text;
}

function element(ref: Ref, lane: number, pair: number, scope: Scope): string {
  const offset = ref.offset + lane * ref.lane + pair * ref.pair;
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
