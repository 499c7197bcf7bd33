import { isFloat } from "../../nest/dtype.ts";
import type { Accumulate, Compute, LoopPart, LoopRange, Node, Program } from "../program.ts";
import { bare } from "./print_value.ts";
import { tiledSums } from "./print_tiles.ts";
import {
  type CScope,
  dotText,
  elementText,
  numberText,
  operatorText,
  prefetchText,
  storeText,
  valueText,
} from "./program_values.ts";
import { elementTypes } from "./vector_functions.ts";

/** A program as statements of C, for as many threads as call it together. */
export interface PrintedProgram {
  /** What is done ahead of time; empty: nothing. */
  readonly prepare: readonly string[];
  readonly body: readonly string[];
}

/**
 * Writes a program, lowered without shared loads, as statements: loops as the nest has them, and what is
 * vectorized in vectors of GCC and Clang. Where threads share loops, `thread`, `threads` and a function
 * `meet()` are in scope.
 */
export function printProgram(
  program: Program,
  { isThreaded, takesTiles = false, ...scope }: Omit<CScope, "dtypes" | "steps" | "indent"> & {
    readonly isThreaded: boolean;
    /** Whether sums may lie on matrix tiles, inside of what tileFrame has; default false. */
    readonly takesTiles?: boolean;
  },
): PrintedProgram {
  const dtypes = new Map(program.buffers.map(({ name, dtype }) => [name, dtype]));
  const all = { ...scope, dtypes, steps: new Map(), indent: "  ", isThreaded, takesTiles };
  return { prepare: nodes(program.prepare, all), body: nodes(program.body, all) };
}

interface Scope extends CScope {
  readonly isThreaded: boolean;
  readonly takesTiles: boolean;
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
      case "barrier":
        return scope.isThreaded ? [`${scope.indent}meet();`] : [];
      case "prefetch":
        return [`${scope.indent}${prefetchText(node.ref, node.isWritten, scope)}`];
      case "let":
        throw new TypeError("a program for C is lowered without shared loads");
    }
  });
}

function rangeLines(range: LoopRange, outer: Scope): string[] {
  const { parts, extent, step } = range;
  const loop = outer.nameOf(range.loop);
  const scope = { ...outer, indent: `${outer.indent}  `, steps: new Map(outer.steps) };
  scope.steps.set(range.loop, step);
  const { within, sizes } = extent;
  const [part] = parts;
  const isShared = range.parallel && outer.isThreaded;
  const isOne = parts.length === 1 && part.times !== "equals" && part.times !== "left";
  if (isOne && within === null && !isShared) {
    const last = typeof part.times === "number"
      ? part.times * part.unit
      : Math.floor(sizes[0] / part.unit) * part.unit;
    const head = `for (ptrdiff_t ${loop} = 0; ${loop} < ${last}; ${next(loop, part.unit)}) {`;
    return [outer.indent + head, ...nodes(part.body, scope), `${outer.indent}}`];
  }
  const end = endText(range, outer);
  const lines = isShared ? shareLines(range, loop, end, scope) : [
    `${scope.indent}const ptrdiff_t ${loop}_end = ${end};`,
    `${scope.indent}ptrdiff_t ${loop} = 0;`,
  ];
  let done = 0;
  for (const each of parts) {
    lines.push(...partLines(each, loop, done, scope));
    if (typeof each.times === "number") done += each.times * each.unit;
  }
  return [`${outer.indent}{`, ...lines, `${scope.indent}(void)${loop}_end;`, `${outer.indent}}`];
}

/** A thread's share: whole units, from `n * thread / threads` to `n * (thread + 1) / threads`. */
function shareLines(range: LoopRange, loop: string, end: string, { indent }: Scope): string[] {
  const unit = Math.max(...range.parts.map((part) => part.unit));
  const whole = `((${end}) + ${unit - 1}) / ${unit}`;
  return [
    `${indent}const ptrdiff_t ${loop}_units = ${whole};`,
    `${indent}ptrdiff_t ${loop} = ${loop}_units * thread / threads * ${unit};`,
    `${indent}const ptrdiff_t ${loop}_end = ${
      leastText(end, `${loop}_units * (thread + 1) / threads * ${unit}`)
    };`,
  ];
}

// Counted from the start of its tile.
function endText({ extent: { within, sizes } }: LoopRange, scope: CScope): string {
  if (within === null) return String(sizes[0]);
  const tile = scope.nameOf(within);
  return leastText(String(scope.steps.get(within)), `${tile}_end - ${tile}`);
}

function leastText(a: string, b: string): string {
  return `${a} < ${b} ? ${a} : ${b}`;
}

function partLines(part: LoopPart, loop: string, done: number, scope: Scope): string[] {
  const inner = { ...scope, indent: `${scope.indent}  ` };
  const { times, unit } = part;
  const head = times === "equals"
    ? `if (${loop}_end - ${loop} == ${unit}) {`
    : times === "left" || (times === "fits" && unit === 1)
    ? `for (; ${loop} < ${loop}_end; ${next(loop, unit)}) {`
    : times === "fits"
    ? `for (; ${loop} + ${unit} <= ${loop}_end; ${next(loop, unit)}) {`
    : `for (; ${loop} < ${done + times * unit}; ${next(loop, unit)}) {`;
  return [scope.indent + head, ...nodes(part.body, inner), `${scope.indent}}`];
}

function next(loop: string, unit: number): string {
  return unit === 1 ? `${loop}++` : `${loop} += ${unit}`;
}

/** By tiles where the processor and the system have them, else by vectors. */
function accumulateLines(node: Accumulate, outer: Scope): string[] {
  const { indent } = outer;
  const inner = { ...outer, indent: `${indent}  ` };
  const ways = outer.takesTiles ? tiledSums(node, inner) : [];
  if (ways.length === 0) return vectorLines(node, outer);
  const [range] = node.body as readonly LoopRange[];
  const end = ways.length > 1 ? `(${endText(range, outer)})` : "";
  return [
    "#if defined(HAS_TILES)",
    ...ways.flatMap(({ size, lines, rest }) => [
      `${indent}if (has_tiles${end === "" ? "" : ` && ${end} == ${size}`}) {`,
      ...lines,
      ...rest ? vectorLines(rest, inner) : [],
      `${indent}} else`,
    ]),
    "#endif",
    ...vectorLines(node, outer),
  ];
}

// A block of its own, since unrolled copies of it stand side by side.
function vectorLines(node: Accumulate, outer: Scope): string[] {
  const scope = { ...outer, indent: `${outer.indent}  ` };
  const { indent, functions } = scope;
  const before: string[] = [];
  const after: string[] = [];
  for (const register of node.registers) {
    const { id, ref, dtype, width, added, finish } = register;
    const name = `sum${id}`;
    const type = width.lanes === 1 ? elementTypes[dtype] : functions.type(dtype, width.lanes);
    const constant = (value: number) =>
      valueText({ kind: "constant", value }, { dtype, width }, scope);
    const held = width.reduces
      ? constant(neutral(node.update, dtype))
      : node.start !== null
      ? constant(node.start)
      : valueText({ kind: "load", ref }, { dtype, width }, scope);
    const start = added === null ? held : operatorText(
      "add",
      [held, valueText({ kind: "load", ref: added }, { dtype, width }, scope)],
      { dtype, width },
      scope,
    );
    before.push(`${indent}${type} ${name} = ${start};`);
    const one = { ...width, lanes: 1, active: 1, reduces: false };
    const stored = width.reduces ? one : width;
    const kind = { dtype, width: stored };
    const across = `${
      width.reduces ? functions.across(node.update, dtype, width.lanes) : ""
    }(${name})`;
    const first = node.start === null ? elementText(ref, 0, scope) : numberText(node.start, dtype);
    const sum = width.reduces ? operatorText(node.update, [first, across], kind, scope) : name;
    const value = finish ? valueText(finish, { ...kind, sum }, scope) : sum;
    after.push(indent + storeText(ref, { ...kind, value }, scope));
  }
  return [`${outer.indent}{`, ...before, ...nodes(node.body, scope), ...after, `${outer.indent}}`];
}

function neutral(update: "add" | "max", dtype: Compute["dtype"]): number {
  if (update === "add") return 0;
  return isFloat(dtype) ? -Infinity : -(2 ** 31);
}

function computeLines(compute: Compute, scope: Scope): string[] {
  const { target, update, value, dtype, width } = compute;
  const { indent } = scope;
  if (value.kind === "pair" && "ref" in target) {
    const one = { ...width, lanes: 1, active: 1, group: 1, members: 1 } as const;
    return Array.from(
      { length: width.active },
      (_, lane) =>
        [value.first, value.second].map((each, which) => {
          const moved = each.kind === "load"
            ? { ...each, ref: { ...each.ref, offset: each.ref.offset + lane * each.ref.lane } }
            : each;
          const { ref } = target;
          const to = { ...ref, offset: ref.offset + lane * ref.lane + which * ref.member };
          const kind = { dtype, width: one };
          return indent + storeText(to, { ...kind, value: valueText(moved, kind, scope) }, scope);
        }),
    ).flat();
  }
  const left = "ref" in target
    ? valueText({ kind: "load", ref: target.ref }, { dtype, width }, scope)
    : `sum${target.register}`;
  const dot = update === "add" ? dotText(left, compute, scope) : null;
  const right = dot ?? valueText(value, { dtype, width }, scope);
  const isWhole = !width.reduces || width.active === width.lanes;
  if (dot === null && update === "add" && isFloat(dtype) && isWhole) {
    const isPlain = !("ref" in target) ||
      (width.lanes === 1 && scope.dtypes.get(target.ref.buffer) === dtype);
    if (isPlain) return [`${indent}${left} += ${bare(right)};`];
  }
  const result = dot !== null || update === "set"
    ? right
    : operatorText(update, [left, right], { dtype, width }, scope);
  if ("ref" in target) {
    return [indent + storeText(target.ref, { dtype, width, value: result }, scope)];
  }
  if (isWhole) {
    return [`${indent}${left} = ${bare(result)};`];
  }
  // What is no element changes nothing.
  const type = scope.functions.type(dtype, width.lanes);
  const keep = `for (int l = 0; l < ${width.active}; l++) ${left}[l] = v[l];`;
  return [`${indent}{ const ${type} v = ${bare(result)}; ${keep} }`];
}
