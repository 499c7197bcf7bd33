import type { Access, Expr, Loop, Nest, Pack } from "../nest/nest.ts";
import { readsOf } from "../nest/define_nest.ts";
import { type Computation, isPipeline } from "../nest/pipeline.ts";
import { axisOf, reachOf, tileOf } from "../schedule/find_loop.ts";
import { checkLegal, guardedAxes, unitOf } from "../schedule/legality.ts";
import { packedDimensions } from "../schedule/strides.ts";
import { sumsInRegisters } from "../schedule/sums_in_registers.ts";
import { loopSizes } from "./loop_sizes.ts";
import { packedName } from "./lower_pack.ts";
import { pipelineLines } from "./pipeline_pseudocode.ts";
import { remainderRemark } from "./remainder_remark.ts";

// More copies than this are printed once, with a remark.
const mostCopies = 16;

/** What a loop's variable is called where it stands, and by how much a copy is displaced. */
interface Place {
  readonly name: string;
  readonly offset: number;
  /** Elements of a vector that are real; left out: all. */
  readonly active?: number;
}

/**
 * Prints a nest as lectures do: one line a loop, then the body; a pipeline as its stages, one after
 * the other.
 *
 * `for (j = tj; j < tj + 64; j++)` walks the tile that starts at `tj`; `C[i][j:j+4]` is a vector of
 * four; `c` (`acc` where there is an axis c) stands for elements of the target that stay in registers;
 * `Bp` for the packed copy of B.
 *
 * @throws {ScheduleError} the schedule is not legal.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { matmul, pseudocode, reorder } from "tinyloom";
 *
 * assert.equal(
 *   pseudocode(reorder(matmul({ m: 4, k: 8, n: 16 }), ["i", "k", "j"])),
 *   `for (i = 0; i < 4; i++)
 *   for (k = 0; k < 8; k++)
 *     for (j = 0; j < 16; j++)
 *       C[i][j] += A[i][k] * B[k][j]
 * `,
 * );
 * ```
 */
export function pseudocode(computation: Computation): string {
  const lines = isPipeline(computation)
    ? pipelineLines(computation, nestLines)
    : nestLines(computation);
  return lines.map((line) => line + "\n").join("");
}

function nestLines(nest: Nest, constants: ReadonlySet<string> = new Set()): readonly string[] {
  checkLegal(nest);
  const printer = new Printer(nest, constants);
  return [
    ...printer.padding(),
    ...printer.packs(null, ""),
    ...printer.start(),
    ...printer.loops(0, "", new Map()),
    ...printer.unpacks(null, ""),
  ];
}

class Printer {
  readonly #nest: Nest;
  readonly #constants: ReadonlySet<string>;

  constructor(nest: Nest, constants: ReadonlySet<string>) {
    this.#nest = nest;
    this.#constants = constants;
  }

  loops(depth: number, indent: string, places: ReadonlyMap<Loop, Place>, held = false): string[] {
    const nest = this.#nest;
    const loop = nest.loops[depth];
    if (!loop) return [indent + this.#statement(places, held)];
    if (loop.name === nest.accumulateAt && !held) {
      return this.#accumulated(depth, indent, places);
    }
    const unit = unitOf(nest, loop);
    const iterations = Math.ceil(reachOf(nest, loop) / unit);
    const flat = loop.mode === "dot" || loop.unroll === "full" || iterations === 1;
    const body = (place: Place, inner: string): string[] => [
      ...this.packs(loop.name, inner),
      ...this.loops(depth + 1, inner, new Map(places).set(loop, place), held),
      ...this.unpacks(loop.name, inner),
    ];
    const start = this.#start(loop, places);
    if (flat && this.#copiesFrom(depth) <= mostCopies) {
      const copies = loop.mode === "dot" ? 1 : iterations;
      return Array.from(
        { length: copies },
        (_, copy) => {
          const active = Math.min(unit, reachOf(nest, loop) - copy * unit);
          return body({ name: start.name, offset: start.offset + copy * unit, active }, indent);
        },
      ).flat();
    }
    const place = { name: loop.name, offset: 0 };
    const inner = indent + "  ";
    if (flat) {
      return [`${indent}${this.#header(loop, places, unit)}  // unrolled`, ...body(place, inner)];
    }
    const factor = Math.min(loop.unroll as number, iterations);
    const shown = factor * this.#copiesFrom(depth + 1) <= mostCopies ? factor : 1;
    const remarks = [
      ...(shown === factor ? [] : [`${factor} copies`]),
      ...remainderRemark(nest, loop, factor),
    ];
    const remark = remarks.length === 0 ? "" : `  // ${remarks.join("; ")}`;
    return [
      `${indent}${this.#header(loop, places, unit * factor)}${remark}`,
      ...Array.from({ length: shown }, (_, copy) => body({ ...place, offset: copy * unit }, inner))
        .flat(),
    ];
  }

  padding(): string[] {
    const { body, tensors } = this.#nest;
    return readsOf(body.value).filter((read) => guardedAxes(this.#nest, read).size > 0)
      .map(({ tensor, outside }) => {
        const { shape } = tensors.find(({ name }) => name === tensor)!;
        return `// ${tensor} reads as ${outside} outside its ${shape.join(" x ")} elements`;
      });
  }

  // Registers are set where they are loaded otherwise; memory before all loops, or that is how it reads.
  start(): string[] {
    const { start, target } = this.#nest.body;
    if (start === undefined || sumsInRegisters(this.#nest)) return [];
    return [`${target.tensor} = ${start}  // wherever it is summed`];
  }

  packs(at: string | null, indent: string): string[] {
    return this.#nest.packs.filter((pack) => pack.at === at).map((pack) => {
      const dimensions = packedDimensions(this.#nest, pack);
      const sizes = dimensions.map(({ count }) => count).join(" x ");
      const order = dimensions.map(({ loop }) => loop.name).join(", ");
      const tensor = this.#nest.tensors.find((each) => each.name === pack.tensor)!;
      const widened = tensor.dtype === pack.dtype ? "" : `, as ${pack.dtype}`;
      const ahead = at === null && this.#constants.has(pack.tensor) ? "  // ahead of time" : "";
      return `${indent}${
        packedName(pack)
      } = copy of ${pack.tensor} in the order ${order}: ${sizes}${widened}${ahead}`;
    });
  }

  unpacks(at: string | null, indent: string): string[] {
    const { target } = this.#nest.body;
    return this.#nest.packs.filter((pack) => pack.at === at && pack.tensor === target.tensor)
      .map((pack) => `${indent}${pack.tensor} = copy of ${packedName(pack)} back`);
  }

  // Lanes of a vectorized reduction are partial sums, which the target gets at the end.
  #accumulated(depth: number, indent: string, places: ReadonlyMap<Loop, Place>): string[] {
    const { target: { tensor }, update, start } = this.#nest.body;
    const c = this.#heldName();
    const part = this.#heldPart(depth, places);
    const held = start !== undefined && sumsInRegisters(this.#nest) ? String(start) : part;
    const body = this.loops(depth, indent, places, true);
    const vector = this.#nest.loops.find((loop) => loop.mode === "vector");
    if (!vector || axisOf(this.#nest, vector).role === "space") {
      return [
        `${indent}${c} = ${held}  // ${tensor} stays in registers`,
        ...body,
        `${indent}${part} = ${c}`,
      ];
    }
    const lanes = unitOf(this.#nest, vector);
    const sums = update === "add";
    return [
      `${indent}${c} = ${sums ? "0" : "least"}  // ${lanes} partial ${
        sums ? "sums" : "maxima"
      } for each element of ${part}, in registers`,
      ...body,
      held === part
        ? `${indent}${part} ${sums ? `+= sum(${c})` : `= max(${part}, ${c})`}`
        : `${indent}${part} = ${sums ? `${start} + sum(${c})` : `max(${start}, ${c})`}`,
    ];
  }

  // Convolutions have an axis c.
  #heldName(): string {
    return this.#nest.loops.some(({ name }) => name === "c") ? "acc" : "c";
  }

  // The elements held in registers: C[ir:ir+2][jr:jr+24].
  #heldPart(depth: number, places: ReadonlyMap<Loop, Place>): string {
    const inner = this.#nest.loops.slice(depth);
    const indices = this.#nest.body.target.index.map(({ terms, offset }) => {
      const axis = Object.keys(terms).find((each) => terms[each] !== 0);
      const loop = inner.find((each) => each.axis === axis);
      const start = axis === undefined
        ? { name: "", offset }
        : loop
        ? this.#start(loop, places)
        : this.#axisPlace(axis, places);
      const first = printPlace(start);
      const reach = loop ? reachOf(this.#nest, loop) : 1;
      if (reach === 1) return `[${first}]`;
      return `[${first}:${printPlace({ ...start, offset: start.offset + reach })}]`;
    });
    return this.#nest.body.target.tensor + indices.join("");
  }

  #start(loop: Loop, places: ReadonlyMap<Loop, Place>): Place {
    const tile = tileOf(this.#nest, loop);
    return (tile && places.get(tile)) ?? { name: "", offset: 0 };
  }

  #header(loop: Loop, places: ReadonlyMap<Loop, Place>, step: number): string {
    const start = this.#start(loop, places);
    const ends = this.#ends(loop, places);
    const end = ends.length === 1 ? ends[0] : `min(${ends.join(", ")})`;
    const { name } = loop;
    const next = step === 1 ? `${name}++` : `${name} += ${step}`;
    const word = loop.mode === "parallel" ? "parallel for" : "for";
    return `${word} (${name} = ${printPlace(start)}; ${name} < ${end}; ${next})`;
  }

  // Where a loop ends: with its tile, and with the tiles around it that this one does not divide.
  #ends(loop: Loop, places: ReadonlyMap<Loop, Place>): string[] {
    const tile = tileOf(this.#nest, loop);
    if (!tile) return [String(axisOf(this.#nest, loop).extent)];
    const outer = loopSizes(this.#nest, tile);
    if (tile.step >= outer[0]) return this.#ends(tile, places);
    const start = this.#start(loop, places);
    const end = printPlace({ ...start, offset: start.offset + tile.step });
    return outer.every((size) => size % tile.step === 0)
      ? [end]
      : [end, ...this.#ends(tile, places)];
  }

  // How many copies of the body the unrolled loops from here on make.
  #copiesFrom(depth: number): number {
    let copies = 1;
    for (const loop of this.#nest.loops.slice(depth)) {
      if (loop.mode === "dot") continue;
      const iterations = Math.ceil(reachOf(this.#nest, loop) / unitOf(this.#nest, loop));
      if (loop.unroll === "full" || iterations === 1) copies *= iterations;
      else break;
    }
    return copies;
  }

  #statement(places: ReadonlyMap<Loop, Place>, held: boolean): string {
    const { target, update, value } = this.#nest.body;
    const left = this.#access(target, places);
    const name = held ? left.replace(target.tensor, this.#heldName()) : left;
    const right = this.#expr(value, places);
    if (update === "max") return `${name} = max(${name}, ${right})`;
    return `${name} ${update === "add" ? "+=" : "="} ${right}`;
  }

  #expr(expr: Expr, places: ReadonlyMap<Loop, Place>): string {
    if (expr.kind === "constant") return String(expr.value);
    if (expr.kind === "read") return this.#access(expr.access, places);
    const left = this.#expr(expr.left, places);
    const right = this.#expr(expr.right, places);
    if (expr.op === "min" || expr.op === "max") return `${expr.op}(${left}, ${right})`;
    const bracket = (side: Expr, text: string) =>
      (expr.op === "mul" || expr.op === "shr") && side.kind === "binary" &&
        (side.op === "add" || side.op === "sub")
        ? `(${text})`
        : text;
    const sign = { add: "+", sub: "-", mul: "*", shr: ">>" }[expr.op];
    return `${bracket(expr.left, left)} ${sign} ${bracket(expr.right, right)}`;
  }

  #access(access: Access, places: ReadonlyMap<Loop, Place>): string {
    const pack = this.#nest.packs.find((each) => each.tensor === access.tensor);
    if (pack) return this.#packedAccess(pack, places);
    const indices = access.index.map(({ terms, offset }) => {
      let constant = offset;
      const parts: string[] = [];
      let width = 0;
      for (const [axis, coefficient] of Object.entries(terms)) {
        if (coefficient === 0) continue;
        const { name, offset: displaced, active } = this.#axisPlace(axis, places);
        constant += coefficient * displaced;
        if (name) parts.push(coefficient === 1 ? name : `${coefficient}*${name}`);
        width = Math.max(width, Math.min(this.#lanes(axis), active ?? Infinity));
      }
      const at = printPlace({ name: parts.join("+"), offset: constant });
      if (width <= 1) return `[${at}]`;
      return `[${at}:${printPlace({ name: parts.join("+"), offset: constant + width })}]`;
    });
    return access.tensor + indices.join("");
  }

  #packedAccess(pack: Pack, places: ReadonlyMap<Loop, Place>): string {
    const indices = packedDimensions(this.#nest, pack).map(({ loop }) => {
      const { name, offset, active } = places.get(loop) ?? { name: loop.name, offset: 0 };
      const lanes = loop.mode === "vector"
        ? Math.min(unitOf(this.#nest, loop), active ?? Infinity)
        : loop.mode === "dot"
        ? 2
        : 1;
      const at = printPlace({ name, offset });
      return lanes === 1 ? `[${at}]` : `[${at}:${printPlace({ name, offset: offset + lanes })}]`;
    });
    return packedName(pack) + indices.join("");
  }

  #axisPlace(axis: string, places: ReadonlyMap<Loop, Place>): Place {
    const inner = this.#nest.loops.findLast((loop) => loop.axis === axis && places.has(loop));
    return inner ? places.get(inner)! : { name: axis, offset: 0 };
  }

  #lanes(axis: string): number {
    const vector = this.#nest.loops.find((loop) => loop.axis === axis && loop.mode === "vector");
    return vector ? unitOf(this.#nest, vector) : 1;
  }
}

function printPlace({ name, offset }: Place): string {
  if (name === "") return String(offset);
  return offset === 0 ? name : offset > 0 ? `${name}+${offset}` : `${name}${offset}`;
}
