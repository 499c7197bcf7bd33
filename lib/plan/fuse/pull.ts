import { isOver } from "../../host.ts";
import type { Extent } from "../segment.ts";
import { endRead, firstRead, type ImageAxis } from "./image_step.ts";

/** A read of a node, in units of rows or of pixels in row-major order. */
export interface UnitRead {
  /** Node that computes what is read; -1 if it comes from before the segment. */
  readonly source: number;
  /** For every output unit t: input units that must be there for units up to t. */
  readonly end: Int32Array;
  /** For every output unit t: first input unit that t or a later one reads. */
  readonly first: Int32Array;
}

/** An operator of a segment. */
export interface UnitNode {
  /** Units of its output. */
  readonly units: number;
  readonly reads: readonly UnitRead[];
  /** Its output is wanted as a whole. */
  readonly isOutput: boolean;
}

/** What happens when the last node's units are asked for one after the other. */
export interface Pulled {
  /** For every node the units that are computed at all. */
  readonly needed: Int32Array;
  /** For every node the most units that a later one still needs at a time. */
  readonly most: Int32Array;
  /** For every node and unit of the last one (`node * units + unit`): units computed before it. */
  readonly progress: Int32Array;
  /** Whether two nodes' units are needed at the same time. */
  readonly conflict: (a: number, b: number) => boolean;
}

const NONE = 0x7fffffff;
/** Units from one look at the clock to the next. */
const UNITS_PER_LOOK = 4096;

/**
 * Computes on demand: each unit of the last node asks for the units that its windows reach, those
 * nodes ask in turn, and nothing is computed before it is asked for. What a node asks of others does
 * not depend on the nodes before it, so the figures of the later nodes hold for every segment that
 * ends here, wherever it begins. Null if that is not done by the deadline.
 */
export function pull(
  nodes: readonly UnitNode[],
  { onUnit = () => {}, deadlineMs = Infinity }: {
    readonly onUnit?: (node: number, unit: number) => void;
    readonly deadlineMs?: number;
  } = {},
): Pulled | null {
  const count = nodes.length;
  const last = count - 1;
  const { units: lastUnits } = nodes[last];
  const needed = neededUnits(nodes);
  const readers: { readonly node: number; readonly first: Int32Array }[][] = nodes.map(() => []);
  nodes.forEach(({ reads }, node) => {
    for (const { source, first } of reads) if (source >= 0) readers[source].push({ node, first });
  });
  const done = new Int32Array(count);
  const most = new Int32Array(count);
  const progress = new Int32Array(count * lastUnits);
  const words = Math.ceil(count / 32);
  const live = new Uint32Array(words);
  const conflicts = new Uint32Array(count * words);
  const oldest = (node: number): number => {
    let first = NONE;
    for (const reader of readers[node]) {
      const at = done[reader.node];
      if (at < needed[reader.node]) first = Math.min(first, reader.first[at]);
    }
    return first;
  };
  let looked = 0;
  let isLate = false;
  const compute = (node: number): void => {
    if (++looked % UNITS_PER_LOOK === 0 && isOver(deadlineMs)) isLate = true;
    const unit = done[node];
    const { reads, isOutput } = nodes[node];
    for (const { source, end } of reads) {
      if (source < 0) continue;
      while (done[source] < end[unit] && !isLate) compute(source);
    }
    onUnit(node, unit);
    if (node === last) {
      for (let other = 0; other < count; other++) {
        progress[other * lastUnits + unit] = done[other];
      }
    }
    done[node] = unit + 1;
    if (!isOutput) {
      most[node] = Math.max(most[node], unit + 1 - Math.min(oldest(node), unit));
      const bit = 1 << (node & 31);
      if ((live[node >> 5] & bit) === 0) {
        for (let word = 0; word < words; word++) conflicts[node * words + word] |= live[word];
        live[node >> 5] |= bit;
      }
      if (oldest(node) >= done[node]) live[node >> 5] &= ~bit;
    }
    for (const { source } of reads) {
      if (source >= 0 && oldest(source) >= done[source]) live[source >> 5] &= ~(1 << (source & 31));
    }
  };
  while (done[last] < lastUnits && !isLate) compute(last);
  for (let node = 0; node < last; node++) {
    while (done[node] < needed[node] && !isLate) compute(node);
  }
  if (isLate) return null;
  const has = (a: number, b: number) => (conflicts[a * words + (b >> 5)] >>> (b & 31) & 1) === 1;
  return { needed, most, progress, conflict: (a, b) => has(a, b) || has(b, a) };
}

function neededUnits(nodes: readonly UnitNode[]): Int32Array {
  const needed = Int32Array.from(nodes, ({ units, isOutput }) => isOutput ? units : 0);
  for (let node = nodes.length - 1; node >= 0; node--) {
    if (needed[node] === 0) continue;
    for (const { source, end } of nodes[node].reads) {
      if (source >= 0) needed[source] = Math.max(needed[source], end[needed[node] - 1]);
    }
  }
  return needed;
}

type Reach = Pick<UnitRead, "end" | "first">;

/** Which input rows the output rows need. */
export function rowReach(rows: ImageAxis): Reach {
  const end = new Int32Array(rows.output);
  const first = new Int32Array(rows.output);
  for (let row = 0; row < rows.output; row++) {
    end[row] = endRead(rows, row);
    first[row] = firstRead(rows, row);
  }
  return { end, first };
}

/**
 * Which input pixels the output pixels need, both counted in row-major order within a strip of
 * columns. All pixels before the last one needed count as needed: they were computed before it.
 */
export function pixelReach(
  { rows, columns }: { readonly rows: ImageAxis; readonly columns: ImageAxis },
  strip: { readonly input: Extent; readonly output: Extent },
): Reach {
  const width = strip.output[1] - strip.output[0];
  const inputWidth = strip.input[1] - strip.input[0];
  const count = rows.output * width;
  const end = new Int32Array(count);
  const first = new Int32Array(count);
  for (let row = 0, pixel = 0; row < rows.output; row++) {
    const firstRow = firstRead(rows, row) * inputWidth;
    const lastRow = (endRead(rows, row) - 1) * inputWidth;
    for (let column = strip.output[0]; column < strip.output[1]; column++, pixel++) {
      const right = endRead(columns, column) - strip.input[0];
      first[pixel] = firstRow + Math.max(0, firstRead(columns, column) - strip.input[0]);
      end[pixel] = lastRow < 0 ? 0 : Math.max(0, lastRow + right);
    }
  }
  for (let pixel = 1; pixel < count; pixel++) end[pixel] = Math.max(end[pixel], end[pixel - 1]);
  for (let pixel = count - 2; pixel >= 0; pixel--) {
    first[pixel] = Math.min(first[pixel], first[pixel + 1]);
  }
  return { end, first };
}
