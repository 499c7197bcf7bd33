import type {
  CopyStep,
  Extent,
  Granularity,
  MicroStep,
  SegmentPass,
  SegmentRing,
} from "../segment.ts";
import type { LoopDirection } from "../sliding_window.ts";
import type { Fusion } from "./fusion.ts";
import { pull } from "./pull.ts";
import { type Stretch, tileExtents, unitNodes } from "./stretch.ts";

/** How a segment runs. */
export interface SegmentRun extends Stretch {
  readonly kind: "rolling" | "patch";
  readonly granularity: Granularity | null;
  readonly tiles: readonly [rows: number, columns: number];
  readonly direction: LoopDirection;
  readonly rings: readonly SegmentRing[];
}

/** Everything a segment does, tile by tile, in order. */
export function segmentPasses(fusion: Fusion, run: SegmentRun): SegmentPass[] {
  const [tallTiles, wideTiles] = run.tiles;
  const passes: SegmentPass[] = [];
  for (let y = 0; y < tallTiles; y++) {
    for (let x = 0; x < wideTiles; x++) {
      const rows = tileExtents(fusion, run, { side: "rows", tile: y, tiles: tallTiles });
      const columns = tileExtents(fusion, run, { side: "columns", tile: x, tiles: wideTiles });
      // A single strip is as wide as the image, read or not: as in the search.
      const whole = run.kind === "rolling" && wideTiles === 1 ? wholeColumns(fusion, run) : columns;
      const microSteps = run.kind === "patch"
        ? patchSteps(fusion, run, { rows, columns })
        : rollingSteps(fusion, run, whole);
      passes.push({
        rows: rows[rows.length - 1],
        columns: whole[whole.length - 1],
        windows: run.rings.map(({ tensor }) => {
          const position = fusion.images.findIndex((image) => image?.tensor === tensor);
          const [from, until] = whole[position - run.from];
          return { tensor, firstColumn: from, columns: until - from };
        }),
        microSteps,
      });
    }
  }
  return markEnds(passes);
}

function wholeColumns({ images }: Fusion, { from, until }: Stretch): Extent[] {
  return images.slice(from, until).map((image) => [0, image!.width]);
}

function patchSteps(
  { images }: Fusion,
  { from }: Stretch,
  { rows, columns }: { readonly rows: readonly Extent[]; readonly columns: readonly Extent[] },
): MicroStep[] {
  return rows.flatMap((extent, node) => {
    const { operator, accumulatorBytes } = images[from + node]!;
    if (extent[0] >= extent[1] || columns[node][0] >= columns[node][1]) return [];
    return [call(operator, accumulatorBytes !== null, { rows: extent, columns: columns[node] })];
  });
}

function rollingSteps(fusion: Fusion, run: SegmentRun, columns: readonly Extent[]): MicroStep[] {
  const { granularity, direction, rings, from, until } = run;
  const unit = granularity!;
  const isSingle = run.tiles[1] === 1;
  const nodes = unitNodes(fusion, run, { unit, direction, ...!isSingle && { columns } });
  const images = fusion.images.slice(from, until);
  const ringOf = images.map((image) => rings.find(({ tensor }) => tensor === image!.tensor));
  const microSteps: MicroStep[] = [];
  const onUnit = (node: number, count: number) => {
    const { operator, height, accumulatorBytes } = images[node]!;
    const [left, right] = columns[node];
    const width = right - left;
    const turn = direction === "forward" ? count : nodes[node].units - 1 - count;
    const row = unit === "row" ? turn : Math.floor(turn / width);
    const column = left + turn % width;
    const rectangle = {
      rows: [row, row + 1] as const,
      columns: unit === "row" ? columns[node] : [column, column + 1] as const,
    };
    if (width === 0 || height === 0) return;
    microSteps.push(call(operator, accumulatorBytes !== null, rectangle));
    const copy = unit === "row" ? null : mirrorCopy(ringOf[node], turn);
    if (copy !== null) microSteps.push(copy);
  };
  pull(nodes, { onUnit });
  return microSteps;
}

/** The copy that a pixel needs behind its ring, if it is among those that stand there once more. */
function mirrorCopy(ring: SegmentRing | undefined, pixel: number): CopyStep | null {
  if (ring === undefined || ring.mirrorPixels === 0) return null;
  const { tensor, offsetBytes, pixels, mirrorPixels, pixelBytes } = ring;
  const slot = pixel % pixels;
  if (slot >= mirrorPixels) return null;
  const fromByte = offsetBytes + slot * pixelBytes;
  return {
    copy: tensor,
    fromByte,
    toByte: fromByte + pixels * pixelBytes,
    sizeBytes: pixelBytes,
  };
}

function call(
  operator: number,
  isPool: boolean,
  rectangle: { readonly rows: Extent; readonly columns: Extent },
): MicroStep {
  return isPool
    ? { reduce: operator, ...rectangle, isFirst: false, isLast: false }
    : { operator, ...rectangle };
}

/** Tells the first and the last call of a global pool which they are. */
function markEnds(passes: readonly SegmentPass[]): SegmentPass[] {
  const calls = passes.flatMap(({ microSteps }) => microSteps.filter((step) => "reduce" in step));
  const first = calls[0];
  const last = calls[calls.length - 1];
  return passes.map((pass) => ({
    ...pass,
    microSteps: pass.microSteps.map((step) =>
      "reduce" in step ? { ...step, isFirst: step === first, isLast: step === last } : step
    ),
  }));
}
