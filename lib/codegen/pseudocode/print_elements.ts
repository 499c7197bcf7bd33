import { allReadsOf } from "../../nest/define_nest.ts";
import type { Access, Expr, Loop, Nest, Pack } from "../../nest/nest.ts";
import { dotGroup, elementsPerTurn, isOffset, unsignedOffset } from "../../schedule/dot_group.ts";
import { axisOf, reachOf, tileOf } from "../../schedule/loops.ts";
import { guardedAxes, packedDimensions } from "../../schedule/strides.ts";
import { packedName } from "../lower_pack.ts";

/** What a loop's variable is called where it stands, and by how much a copy is displaced. */
export interface ElementPlace {
  readonly name: string;
  readonly offset: number;
  /** Elements of a vector or a group that are real; left out: all. */
  readonly active?: number;
}

/** Where each loop stands. */
export type Places = ReadonlyMap<Loop, ElementPlace>;

/** Prints expressions and elements of a nest's tensors. */
export class ElementPrinter {
  readonly #nest: Nest;

  constructor(nest: Nest) {
    this.#nest = nest;
  }

  /** An expression of elements. */
  expr(expr: Expr, places: Places): string {
    return this.#expr(expr, (access) => this.access(access, places), "");
  }

  /** What becomes of all sums that the loops from `depth` on reach, which are called `sum`. */
  finish(expr: Expr, sum: string, depth: number, places: Places): string {
    return this.#expr(expr, (access) => this.part(access, depth, places), sum);
  }

  #expr(expr: Expr, print: (access: Access) => string, sum: string): string {
    const inner = (each: Expr) => this.#expr(each, print, sum);
    if (expr.kind === "constant") return String(expr.value);
    if (expr.kind === "read") return print(expr.access);
    if (expr.kind === "sum") return sum;
    if (expr.kind === "requantize") {
      const factors = [expr.multiplier, expr.shift].map(print);
      return `requantize(${[inner(expr.value), ...factors].join(", ")})`;
    }
    const left = inner(expr.left);
    const right = inner(expr.right);
    if (expr.op === "min" || expr.op === "max") return `${expr.op}(${left}, ${right})`;
    const bracket = (side: Expr, text: string) =>
      (expr.op === "mul" || expr.op === "shr") && side.kind === "binary" &&
        (side.op === "add" || side.op === "sub")
        ? `(${text})`
        : text;
    if (expr.op === "add" && expr.right.kind === "constant" && expr.right.value < 0) {
      return `${left} - ${-expr.right.value}`;
    }
    const sign = { add: "+", sub: "-", mul: "*", shr: ">>" }[expr.op];
    return `${bracket(expr.left, left)} ${sign} ${bracket(expr.right, right)}`;
  }

  /**
   * An element, a vector `[j:j+4]` or a group of a tensor, of its copy or of its register; of sums that
   * are held in registers by the name `held`.
   */
  access(access: Access, places: Places, held: string | null = null): string {
    const isStaged = this.#nest.staged.some(({ tensor }) => tensor === access.tensor);
    const pack = this.#nest.packs.find((each) => each.tensor === access.tensor);
    if (pack && !isStaged && held === null) {
      const element = this.#packed(pack, places);
      return isOffset(this.#nest, pack.tensor) ? `(${element} - ${unsignedOffset})` : element;
    }
    const indices = access.index.map(({ terms, offset }) => {
      let constant = offset;
      const parts: string[] = [];
      let width = 0;
      for (const [axis, coefficient] of Object.entries(terms)) {
        if (coefficient === 0) continue;
        const { name, offset: displaced, active } = this.axisPlace(axis, places);
        constant += coefficient * displaced;
        if (name) parts.push(coefficient === 1 ? name : `${coefficient}*${name}`);
        width = Math.max(width, Math.min(this.#width(axis), active ?? Infinity));
      }
      const at = printPlace({ name: parts.join("+"), offset: constant });
      if (width <= 1) return `[${at}]`;
      return `[${at}:${printPlace({ name: parts.join("+"), offset: constant + width })}]`;
    });
    return (held ?? (isStaged ? stagedName(access.tensor) : access.tensor)) + indices.join("");
  }

  /** All elements that the loops from `depth` on reach: C[ir:ir+2][jr:jr+24]. */
  part(access: Access, depth: number, places: Places): string {
    const inner = this.#nest.loops.slice(depth);
    const indices = access.index.map(({ terms, offset }) => {
      let constant = offset;
      let width = 1;
      const parts: string[] = [];
      for (const [axis, coefficient] of Object.entries(terms)) {
        if (coefficient === 0) continue;
        const loop = inner.find((each) => each.axis === axis);
        const place = loop ? this.start(loop, places) : this.axisPlace(axis, places);
        constant += coefficient * place.offset;
        if (place.name) parts.push(coefficient === 1 ? place.name : `${coefficient}*${place.name}`);
        if (loop) width += coefficient * (reachOf(this.#nest, loop) - 1);
      }
      const name = parts.join("+");
      const first = printPlace({ name, offset: constant });
      return width === 1
        ? `[${first}]`
        : `[${first}:${printPlace({ name, offset: constant + width })}]`;
    });
    return access.tensor + indices.join("");
  }

  /** Where a loop starts: where its tile does. */
  start(loop: Loop, places: Places): ElementPlace {
    const tile = tileOf(this.#nest, loop);
    return (tile && places.get(tile)) ?? { name: "", offset: 0 };
  }

  /** Where an axis stands: its innermost loop. */
  axisPlace(axis: string, places: Places): ElementPlace {
    const inner = this.#nest.loops.findLast((loop) => loop.axis === axis && places.has(loop));
    return inner ? places.get(inner)! : { name: axis, offset: 0 };
  }

  #packed(pack: Pack, places: Places): string {
    const indices = packedDimensions(this.#nest, pack).map(({ loop }) => {
      const { name, offset, active } = places.get(loop) ?? { name: loop.name, offset: 0 };
      const lanes = loop.mode === "vector"
        ? Math.min(elementsPerTurn(this.#nest, loop), active ?? Infinity)
        : loop.mode === "dot"
        ? dotGroup(this.#nest)
        : 1;
      const at = printPlace({ name, offset });
      return lanes === 1 ? `[${at}]` : `[${at}:${printPlace({ name, offset: offset + lanes })}]`;
    });
    return packedName(pack) + indices.join("");
  }

  // Elements along an axis that one operation handles.
  #width(axis: string): number {
    const loops = this.#nest.loops.filter((loop) => loop.axis === axis);
    if (loops.some((loop) => loop.mode === "dot")) return dotGroup(this.#nest);
    const vector = loops.find((loop) => loop.mode === "vector");
    return vector ? elementsPerTurn(this.#nest, vector) : 1;
  }
}

/** Name of the register that holds neighbours of a tensor. */
export function stagedName(tensor: string): string {
  return `${tensor}r`;
}

/** A place as it stands in an index. */
export function printPlace({ name, offset }: ElementPlace): string {
  if (name === "") return String(offset);
  return offset === 0 ? name : offset > 0 ? `${name}+${offset}` : `${name}${offset}`;
}

/** What happens at the end of a loop that its body does not divide, in words; none if it does. */
export function remainderRemark(nest: Nest, loop: Loop, factor: number): readonly string[] {
  const unit = elementsPerTurn(nest, loop);
  const sizes = loopSizes(nest, loop);
  const left = sizes.map((size) => {
    const whole = Math.floor(size / unit);
    return Math.ceil(size / unit) - Math.floor(whole / factor) * factor;
  });
  const partial = sizes.map((size) => size % unit);
  const part = partNoun(nest, loop);
  const remarks: string[] = [];
  const saidByPart = part !== null && left.every((count, at) => count === 1 && partial[at] > 0);
  if (factor > 1 && left.some((count) => count > 0) && !saidByPart) {
    const what = left.every((count) => count === left[0])
      ? `the last ${left[0]}${part === null ? "" : ` ${part}${left[0] === 1 ? "" : "s"}`}`
      : "what is left";
    remarks.push(`${what} one by one`);
  }
  if (part !== null && partial.some((count) => count > 0)) {
    const same = partial.every((count) => count === partial[0]);
    remarks.push(same ? `the last ${part} has ${partial[0]}` : `last ${part}s may be smaller`);
  }
  return remarks;
}

// What one iteration works on as a whole, if it is more than one element; a tile that is walked by
// a loop of its own shows its end there.
function partNoun(nest: Nest, loop: Loop): "vector" | "pair" | "group" | "block" | null {
  if (loop.mode === "vector") return "vector";
  const inner = nest.loops.slice(nest.loops.indexOf(loop) + 1)
    .find((candidate) => candidate.axis === loop.axis);
  if (!inner) return null;
  if (inner.mode === "dot") return dotGroup(nest) === 2 ? "pair" : "group";
  const straight = inner.unroll === "full" || reachOf(nest, inner) <= elementsPerTurn(nest, inner);
  return straight ? "block" : null;
}

/** How many elements of its axis one run of a loop may cover: a full tile, then smaller last ones. */
export function loopSizes(nest: Nest, loop: Loop): readonly number[] {
  const tile = tileOf(nest, loop);
  if (!tile) return [axisOf(nest, loop).extent];
  const sizes = loopSizes(nest, tile).flatMap((size) => [
    Math.min(size, tile.step),
    size % tile.step,
  ]);
  return [...new Set(sizes)].filter((size) => size > 0).toSorted((a, b) => b - a);
}

/** What is read outside of the tensors. */
export function paddingLines(nest: Nest): string[] {
  return allReadsOf(nest.body).filter((read) => guardedAxes(nest, read).size > 0)
    .map(({ tensor, outside }) => {
      const { shape } = nest.tensors.find(({ name }) => name === tensor)!;
      return `// ${tensor} reads as ${outside} outside its ${shape.join(" x ")} elements`;
    });
}
