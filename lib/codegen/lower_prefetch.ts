import type { Access, Nest } from "../nest/nest.ts";
import { prefetchedLines } from "../schedule/prefetched_lines.ts";
import type { Prefetch, Ref } from "./program.ts";

/** Asks, at the start of a loop's body, for what a later iteration of it uses, line by line. */
export function lowerPrefetch(
  nest: Nest,
  at: string | null,
  place: (access: Access) => Ref,
): Prefetch[] {
  return nest.prefetched.filter((each) => each.at === at).flatMap((each) => {
    const { access, offsets, isWritten } = prefetchedLines(nest, each);
    const ref = place(access);
    return offsets.map((behind): Prefetch => (
      { kind: "prefetch", ref: { ...ref, offset: ref.offset + behind }, isWritten }
    ));
  });
}
