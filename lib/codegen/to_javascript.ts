import { checkArguments, checkOptions } from "../check_arguments.ts";
import { scalesOf } from "../nest/check_expr.ts";
import type { Nest } from "../nest/nest.ts";
import {
  applyOperator,
  element,
  requantizeLines,
  type ValueScope,
  valueText,
} from "./javascript_values.ts";
import { lower } from "./lower.ts";
import type { Accumulate, Compute, LoopPart, LoopRange, Node, Program } from "./program.ts";

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
 *
 * @category Code generation
 */
export function toJavaScript(nest: Nest, options: JavaScriptOptions = {}): string {
  checkOptions("toJavaScript", options, "extents");
  checkArguments("toJavaScript", { nest });
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

/**
 * What {@link toJavaScript} leaves open.
 *
 * @category Code generation
 */
export interface JavaScriptOptions {
  /** Extents that there may be, the largest first, by axis; default none. */
  readonly extents?: Readonly<Record<string, readonly number[]>>;
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

function nodes(list: readonly Node[], scope: ValueScope): string[] {
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

function rangeLines(range: LoopRange, outer: ValueScope): string[] {
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

function partLines(part: LoopPart, loop: string, done: number, scope: ValueScope): string[] {
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
function accumulateLines(node: Accumulate, outer: ValueScope): string[] {
  const indent = outer.indent + "  ";
  const scope = { ...outer, indent };
  const before: string[] = [];
  const after: string[] = [];
  for (const register of node.registers) {
    const { id, ref, dtype, width, added } = register;
    const lanes = width.reduces ? width.lanes : width.active;
    const finished = (sum: string, lane: number) =>
      register.finish ? valueText(register.finish, lane, { dtype, width, sum }, scope) : sum;
    for (let lane = 0; lane < lanes; lane++) {
      const first = String(node.start ?? element(ref, lane, 0, scope));
      const start = !width.reduces
        ? added ? applyOperator("add", first, element(added, lane, 0, scope), dtype) : first
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
      const sum = acrossLanes(names, (a, b) => applyOperator(node.update, a, b, dtype));
      const before = String(node.start ?? whole);
      after.push(
        `${indent}${whole} = ${finished(applyOperator(node.update, before, sum, dtype), 0)};`,
      );
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

function computeLines(compute: Compute, scope: ValueScope): string[] {
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
    const result = update === "set" ? right : applyOperator(update, left, right, dtype);
    return `${scope.indent}${left} = ${result};`;
  });
}
