import type { PlanBuffer } from "../plan.ts";
import type { PlanSegment, SegmentPass, SegmentRing } from "../segment.ts";
import type { LoopDirection } from "../sliding_window.ts";
import type { Fusion, Part, PartRing, SegmentForm } from "./fusion.ts";
import { SUM_BYTES } from "./image_step.ts";
import { segmentPasses } from "./segment_passes.ts";

/** A segment as the plan shows it, and the buffers of its workspace. */
export interface WrittenSegment {
  readonly segment: PlanSegment;
  readonly buffers: readonly PlanBuffer[];
}

/** Writes out a segment whose workspace and direction are known. */
export function writeSegment(
  fusion: Fusion,
  part: Part & { readonly form: SegmentForm },
  { workspaceByte, direction }: {
    readonly workspaceByte: number;
    readonly direction: LoopDirection;
  },
): WrittenSegment {
  const { from, until, form } = part;
  const { kind, unit: granularity, tiles, workspaceBytes } = form;
  const isSums = ({ position }: PartRing) => fusion.images[position]!.accumulatorBytes !== null;
  const rings = form.rings.filter((ring) => !isSums(ring)).map((ring): SegmentRing => {
    const { tensor, pixelBytes } = fusion.images[ring.position]!;
    const isRows = granularity !== "pixel";
    return {
      tensor,
      buffer: bufferId(ring),
      offsetBytes: workspaceByte + ring.offsetBytes,
      layout: isRows ? "rows" : "pixels",
      pixelBytes,
      rows: isRows ? ring.units : 0,
      rowBytes: isRows ? ring.columns * pixelBytes : 0,
      pixels: isRows ? 0 : ring.units,
      mirrorPixels: ring.mirrorPixels,
    };
  });
  const sums = form.rings.find(isSums);
  const tensorsOf = (pick: "reads" | "writes") => {
    const images = fusion.images.slice(from, until);
    const written = new Set(images.map((image) => image!.tensor));
    if (pick === "reads") {
      const read = images.flatMap((image) => image!.reads.map(({ tensor }) => tensor));
      return [...new Set(read)].filter((tensor) => !written.has(tensor));
    }
    const kept = new Set(rings.map(({ tensor }) => tensor));
    return [...written].filter((tensor) => !kept.has(tensor));
  };
  const base = fusion.macs.slice(from, until).reduce((sum, macs) => sum + macs, 0);
  const run = { kind, from, until, granularity, tiles, direction, rings };
  const passes = segmentPasses(fusion, run);
  const macs = passesMacs(fusion, passes);
  const segment = {
    kind,
    from,
    until,
    granularity,
    tiles,
    direction,
    inputs: tensorsOf("reads"),
    outputs: tensorsOf("writes"),
    rings,
    sumsByte: sums === undefined ? null : workspaceByte + sums.offsetBytes,
    workspaceByte,
    workspaceBytes,
    macs,
    macFactor: base === 0 ? 1 : macs / base,
    passes,
  };
  const buffers = form.rings.map((ring) => {
    const place = { offsetBytes: workspaceByte + ring.offsetBytes, sizeBytes: ring.sizeBytes };
    return ringBuffer(fusion, { ring, isSums: isSums(ring), from, until, place });
  });
  return { segment, buffers };
}

function passesMacs({ images }: Fusion, passes: readonly SegmentPass[]): number {
  const perPixel = new Map(images.map((image) => [image?.operator, image?.macsPerPixel ?? 0]));
  let macs = 0;
  for (const { microSteps } of passes) {
    for (const micro of microSteps) {
      if (!("operator" in micro)) continue;
      const { operator, rows, columns } = micro;
      macs += (rows[1] - rows[0]) * (columns[1] - columns[0]) * perPixel.get(operator)!;
    }
  }
  return Math.round(macs);
}

function bufferId({ position }: PartRing): string {
  return `f${position}`;
}

function ringBuffer(
  { graph, images, built: { problem: { items } }, itemOf }: Fusion,
  { ring, isSums, from, until, place }: {
    readonly ring: PartRing;
    readonly isSums: boolean;
    readonly from: number;
    readonly until: number;
    readonly place: { readonly offsetBytes: number; readonly sizeBytes: number };
  },
): PlanBuffer {
  const { value, operator, elementBytes } = images[ring.position]!;
  const { name, tensors } = graph.values[value];
  const common = { ...place, from, until, shares: [] };
  const id = bufferId(ring);
  if (isSums) {
    return {
      id,
      kind: "scratch",
      name: `sums of operator ${operator}`,
      tensors: [],
      alignmentBytes: SUM_BYTES,
      ...common,
    };
  }
  const alignmentBytes = items[itemOf[value]]?.alignmentBytes ?? elementBytes;
  return { id, kind: "ring", name, tensors, alignmentBytes, ...common };
}
