import fc from "fast-check";
import { type Buffer, lowerBound } from "../../mod.ts";

interface Shape {
  readonly count: number;
  readonly moments: number;
  readonly maxBytes: number;
  readonly alignments?: readonly number[];
  readonly fixed?: boolean;
}

/** Lists of random buffers; with `fixed`, some have a place, and those places do not collide. */
export function arbitraryBuffers(shape: Shape): fc.Arbitrary<Buffer[]> {
  const buffer = fc.record({
    from: fc.nat(shape.moments - 1),
    span: fc.integer({ min: 1, max: shape.moments }),
    sizeBytes: fc.integer({ min: 1, max: shape.maxBytes }),
    alignmentBytes: fc.constantFrom(...(shape.alignments ?? [1])),
    place: shape.fixed ? fc.option(fc.nat(4), { freq: 3 }) : fc.constant(null),
  });
  return fc.array(buffer, { maxLength: shape.count }).map((rows) =>
    rows.map(({ from, span, sizeBytes, alignmentBytes, place }, i): Buffer => ({
      id: `b${i}`,
      from,
      until: from + span,
      sizeBytes,
      ...(alignmentBytes === 1 ? {} : { alignmentBytes }),
      ...(place === null ? {} : { offsetBytes: place * alignmentBytes }),
    }))
  ).filter((buffers) => {
    try {
      lowerBound(buffers);
      return true;
    } catch {
      return false;
    }
  });
}
