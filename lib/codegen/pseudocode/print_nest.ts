import { readsOf } from "../../nest/define_nest.ts";
import type { Loop, Nest } from "../../nest/nest.ts";
import { elementsPerTurn } from "../../schedule/dot_group.ts";
import { checkLegal } from "../../schedule/legality.ts";
import { axisOf, reachOf, tileOf } from "../../schedule/loops.ts";
import { prefetchedLines } from "../../schedule/prefetched_lines.ts";
import { heldDuring, packedDimensions, sumsInRegisters } from "../../schedule/strides.ts";
import { packedName } from "../lower_pack.ts";
import {
  type ElementPlace,
  ElementPrinter,
  loopSizes,
  paddingLines,
  type Places,
  printPlace,
  remainderRemark,
  stagedName,
} from "./print_elements.ts";

// More copies than this are printed once, with a remark.
const mostCopies = 16;

export function nestLines(
  nest: Nest,
  constants: ReadonlySet<string> = new Set(),
): readonly string[] {
  checkLegal(nest);
  const printer = new Printer(nest, constants);
  return [
    ...paddingLines(nest),
    ...printer.packs(null, ""),
    ...printer.start(),
    ...printer.loops(0, "", new Map()),
    ...printer.unpacks(null, ""),
    ...printer.finish(),
  ];
}

class Printer {
  readonly #nest: Nest;
  readonly #elements: ElementPrinter;
  /** The loop during which sums stay in registers, or null. */
  readonly #heldAt: string | null;
  readonly #constants: ReadonlySet<string>;

  constructor(nest: Nest, constants: ReadonlySet<string>) {
    this.#nest = nest;
    this.#elements = new ElementPrinter(nest);
    this.#heldAt = heldDuring(nest);
    this.#constants = constants;
  }

  loops(depth: number, indent: string, places: Places, held = false): string[] {
    const nest = this.#nest;
    const loop = nest.loops[depth];
    if (!loop) return [indent + this.#statement(places, held)];
    if (loop.name === this.#heldAt && !held) {
      return this.#accumulated(depth, indent, places);
    }
    const unit = elementsPerTurn(nest, loop);
    const iterations = Math.ceil(reachOf(nest, loop) / unit);
    const flat = loop.mode === "dot" || loop.unroll === "full" || iterations === 1;
    const body = (place: ElementPlace, inner: string): string[] => {
      const inside = new Map(places).set(loop, place);
      return [
        ...this.packs(loop.name, inner),
        ...this.#staged(depth, inner, inside),
        ...this.#prefetched(depth, inner, places, place),
        ...this.loops(depth + 1, inner, inside, held),
        ...this.unpacks(loop.name, inner),
      ];
    };
    const start = this.#elements.start(loop, places);
    if (flat && this.#copiesFrom(depth) <= mostCopies) {
      const copies = loop.mode === "dot" ? 1 : iterations;
      return Array.from(
        { length: copies },
        (_, copy) => {
          const most = loop.mode === "dot" ? iterations : unit;
          const active = Math.min(most, reachOf(nest, loop) - copy * unit);
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

  // Registers are set where they are loaded otherwise; memory before all loops, or that is how it reads.
  start(): string[] {
    const { start, target } = this.#nest.body;
    if (start === undefined || sumsInRegisters(this.#nest)) return [];
    return [`${target.tensor} = ${start}  // wherever it is summed`];
  }

  // Sums that no schedule finishes yet are finished after all loops, or that is how it reads.
  finish(): string[] {
    const { target, finish } = this.#nest.body;
    if (!finish || this.#heldAt !== null) return [];
    const places = new Map<Loop, ElementPlace>();
    const whole = this.#elements.access(target, places);
    const finished = this.#elements.finish(finish, whole, this.#nest.loops.length, places);
    return [`${whole} = ${finished}  // where its sum is complete`];
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
  #accumulated(depth: number, indent: string, places: Places): string[] {
    const { target, update, start, finish } = this.#nest.body;
    const c = this.#heldName();
    const part = this.#elements.part(target, depth, places);
    const held = start !== undefined && sumsInRegisters(this.#nest) ? String(start) : part;
    const body = this.loops(depth, indent, places, true);
    const finished = (sum: string) =>
      `${part} = ${finish ? this.#elements.finish(finish, sum, depth, places) : sum}`;
    const vector = this.#nest.loops.find((loop) => loop.mode === "vector");
    if (!vector || axisOf(this.#nest, vector).role === "space") {
      const what = finish ? "sums stay" : `${target.tensor} stays`;
      return [
        `${indent}${c} = ${held}  // ${what} in registers${this.#from(target.tensor)}`,
        ...body,
        `${indent}${finished(c)}`,
      ];
    }
    const lanes = elementsPerTurn(this.#nest, vector);
    const sums = update === "add";
    return [
      `${indent}${c} = ${sums ? "0" : "least"}  // ${lanes} partial ${
        sums ? "sums" : "maxima"
      } for each element of ${part}, in registers`,
      ...body,
      held === part
        ? `${indent}${part} ${sums ? `+= sum(${c})` : `= max(${part}, ${c})`}`
        : `${indent}${finished(sums ? `${start} + sum(${c})` : `max(${start}, ${c})`)}`,
    ];
  }

  #staged(depth: number, indent: string, places: Places): string[] {
    const { staged, body, loops } = this.#nest;
    return staged.filter(({ at }) => at === loops[depth].name).map(({ tensor }) => {
      const access = readsOf(body.value).find((read) => read.tensor === tensor)!;
      const part = this.#elements.part(access, depth + 1, places);
      return `${indent}${stagedName(tensor)} = ${part}  // ${tensor} in registers${
        this.#from(tensor)
      }`;
    });
  }

  #prefetched(depth: number, indent: string, places: Places, place: ElementPlace): string[] {
    const { prefetched, loops } = this.#nest;
    const loop = loops[depth];
    return prefetched.filter(({ at }) => at === loop.name).map((each) => {
      const { access } = prefetchedLines(this.#nest, each);
      const offset = place.offset + each.ahead * elementsPerTurn(this.#nest, loop);
      const later = new Map(places).set(loop, { ...place, offset });
      const part = this.#elements.part(access, depth + 1, later);
      return `${indent}prefetch ${part}${this.#from(each.tensor)}`;
    });
  }

  // Registers are loaded from the copy of a tensor, where it has one.
  #from(tensor: string): string {
    const pack = this.#nest.packs.find((each) => each.tensor === tensor);
    return pack ? `, from ${packedName(pack)}` : "";
  }

  // Convolutions have an axis c.
  #heldName(): string {
    return this.#nest.loops.some(({ name }) => name === "c") ? "acc" : "c";
  }

  #header(loop: Loop, places: Places, step: number): string {
    const start = this.#elements.start(loop, places);
    const ends = this.#ends(loop, places);
    const end = ends.length === 1 ? ends[0] : `min(${ends.join(", ")})`;
    const { name } = loop;
    const next = step === 1 ? `${name}++` : `${name} += ${step}`;
    const word = loop.mode === "parallel" ? "parallel for" : "for";
    return `${word} (${name} = ${printPlace(start)}; ${name} < ${end}; ${next})`;
  }

  // Where a loop ends: with its tile, and with the tiles around it that this one does not divide.
  #ends(loop: Loop, places: Places): string[] {
    const tile = tileOf(this.#nest, loop);
    if (!tile) return [String(axisOf(this.#nest, loop).extent)];
    const outer = loopSizes(this.#nest, tile);
    if (tile.step >= outer[0]) return this.#ends(tile, places);
    const start = this.#elements.start(loop, places);
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
      const iterations = Math.ceil(reachOf(this.#nest, loop) / elementsPerTurn(this.#nest, loop));
      if (loop.unroll === "full" || iterations === 1) copies *= iterations;
      else break;
    }
    return copies;
  }

  #statement(places: Places, held: boolean): string {
    const { target, update, value } = this.#nest.body;
    const name = this.#elements.access(target, places, held ? this.#heldName() : null);
    const right = this.#elements.expr(value, places);
    if (update === "max") return `${name} = max(${name}, ${right})`;
    return `${name} ${update === "add" ? "+=" : "="} ${right}`;
  }
}
