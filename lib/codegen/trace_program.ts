import { dtypeBytes } from "../nest/dtype.ts";
import type { Node, Part, Program, Range, Ref, Width } from "./program.ts";
import { groupElements, loadedRefs } from "./loaded_refs.ts";

/** Called for every load and store, in order: byte address, size, index of the buffer, which it is. */
export type Touch = (address: number, bytes: number, buffer: number, stores: boolean) => void;

/** What of a last vector is touched. */
export interface TraceOptions {
  /** Only the lanes whose values matter; default: the whole vector, as the machine does. */
  readonly onlyActive?: boolean;
}

/**
 * Runs only the addresses of a program. It is written out as JavaScript first, loops and all, since
 * walking the tree for each of many millions of accesses would take minutes.
 */
export function traceProgram(
  program: Program,
  offsetBytes: Readonly<Record<string, number>>,
  touch: Touch,
  options: TraceOptions = {},
): void {
  const lines = new Tracer(program, offsetBytes, options).nodes(program.body);
  // No loop can be called $touch or $n.
  new Function("$touch", lines.join("\n"))(touch);
}

class Tracer {
  readonly #buffers: Program["buffers"];
  readonly #offsetBytes: Readonly<Record<string, number>>;
  readonly #onlyActive: boolean;
  readonly #steps = new Map<string, number>();

  constructor(
    { buffers }: Program,
    offsetBytes: Readonly<Record<string, number>>,
    { onlyActive = false }: TraceOptions,
  ) {
    this.#buffers = buffers;
    this.#offsetBytes = offsetBytes;
    this.#onlyActive = onlyActive;
  }

  nodes(list: readonly Node[]): string[] {
    return list.flatMap((node): string[] => {
      switch (node.kind) {
        case "let":
          return [this.#touch(node.ref, node.width, "load", node.neighbours)];
        case "compute": {
          const { target, value, update, width } = node;
          const loads = loadedRefs(value).map((ref) => this.#touch(ref, width, "load"));
          if ("register" in target) return loads;
          const own = this.#touch(target.ref, width, "store");
          return update === "set"
            ? [...loads, own]
            : [this.#touch(target.ref, width, "load"), ...loads, own];
        }
        case "accumulate": {
          const held = (what: "load" | "store") =>
            node.registers.map(({ ref, width }) => this.#touch(ref, width, what));
          const finishing = node.registers.flatMap(({ finish, width }) =>
            finish ? loadedRefs(finish).map((ref) => this.#touch(ref, width, "load")) : []
          );
          return [
            ...(node.start === null ? held("load") : []),
            ...this.nodes(node.body),
            ...finishing,
            ...held("store"),
          ];
        }
        case "range":
          return this.#range(node);
        case "barrier":
          return [];
      }
    });
  }

  #range(range: Range): string[] {
    const { loop, parts, extent: { within, sizes } } = range;
    this.#steps.set(loop, range.step);
    const extent = within === null
      ? String(sizes[0])
      : `Math.min(${this.#steps.get(within)}, ${within}_left)`;
    return [
      `{ let ${loop} = 0, ${loop}_left = ${extent};`,
      ...parts.flatMap((part) => this.#part(part, loop)),
      "}",
    ];
  }

  #part(part: Part, loop: string): string[] {
    const { times, unit } = part;
    const advance = `${loop} += ${unit}, ${loop}_left -= ${unit}`;
    const header = times === "equals"
      ? `if (${loop}_left === ${unit})`
      : times === "fits"
      ? `for (; ${loop}_left >= ${unit}; ${advance})`
      : times === "left"
      ? `for (; ${loop}_left > 0; ${advance})`
      : `for (let $n = ${times}; $n > 0; $n--, ${advance})`;
    return [`${header} {`, ...this.nodes(part.body), "}"];
  }

  #touch(
    ref: Ref,
    width: Width,
    what: "load" | "store",
    neighbours: number | null = null,
  ): string {
    const index = this.#buffers.findIndex((buffer) => buffer.name === ref.buffer);
    const elementBytes = dtypeBytes(this.#buffers[index].dtype);
    const lanes = this.#onlyActive ? width.active : width.lanes;
    const elements = neighbours ?? (ref.lane === 0 ? 1 : lanes) * groupElements(ref, width);
    const start = this.#offsetBytes[ref.buffer] + ref.offset * elementBytes;
    const address = [
      String(start),
      ...Object.entries(ref.strides).map(([loop, stride]) =>
        `${stride * elementBytes} * (${loop} / ${this.#steps.get(loop)})`
      ),
    ].join(" + ");
    const touch = `$touch(${address}, ${elements * elementBytes}, ${index}, ${what === "store"});`;
    if (ref.guards.length === 0) return touch;
    const inside = ref.guards.map(({ offset, strides, extent }) => {
      const moved = Object.entries(strides).map(([loop, stride]) =>
        ` + ${stride} * (${loop} / ${this.#steps.get(loop)})`
      );
      return `(${offset}${moved.join("")}) >>> 0 < ${extent}`;
    });
    return `if (${inside.join(" && ")}) ${touch}`;
  }
}
