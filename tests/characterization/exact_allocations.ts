import * as fc from "fast-check";
import {
  allocate,
  allocateGreedy,
  type AllocateOptions,
  type Allocation,
  type Buffer,
  guillotineInstance,
  lowerBound,
  readBuffersCsv,
  validateAllocation,
  writeBuffersCsv,
} from "tinyloom";
import { arbitraryBuffers } from "../plan/arbitrary_buffers.ts";
import { type Draw, drawer } from "../plan/random_graph.ts";
import type { ExactCases } from "./exact_figures.ts";
import { orError, unhurried } from "./exact_inputs.ts";

const limits = { ...unhurried, nodeLimit: 3000 };
const rules = [
  ...["heuristics", "restarts", "bound", "walls", "raise", "support", "decompose", "memo"],
  "twins",
] as const;

function buffers(count: number, shape: { readonly fixed?: boolean } = {}): readonly Buffer[][] {
  const spread = { count, moments: 12, maxBytes: 30, ...shape };
  const alignments = [1, 1, 2, 4, 8];
  return [
    ...fc.sample(arbitraryBuffers(spread), { seed: 3, numRuns: 12 }),
    ...fc.sample(arbitraryBuffers({ ...spread, alignments }), { seed: 4, numRuns: 12 }),
  ];
}

/** All of an allocation but how long it took: how many nodes a search met says how it went. */
function allocated(list: readonly Buffer[], options: AllocateOptions): unknown {
  return orError(() => ({ ...allocate(list, options), timeMs: 0 }));
}

/** Allocations, and how the search for each went. */
export const allocationExact: ExactCases = {
  "plans: allocations": () =>
    [...buffers(14), ...buffers(9, { fixed: true })].map((list) => [
      lowerBound(list),
      orError(() => lowerBound(list, { alignmentBytes: 8 })),
      [1, 4, 16].map((alignmentBytes) =>
        orError(() => ({ ...allocateGreedy(list, { alignmentBytes }), timeMs: 0 }))
      ),
      orError(() => ({ ...allocateGreedy(list), timeMs: 0 })),
      allocated(list, limits),
      allocated(list, { ...limits, alignmentBytes: 4 }),
      [-1, 0, 3].map((more) => allocated(list, { ...limits, capacity: lowerBound(list) + more })),
    ]),
  // Pieces that fill a rectangle, so that a search has something to find.
  "plans: searches for allocations": () =>
    [[12, 8], [20, 16], [30, 24], [45, 40]].flatMap(([count, extent]) =>
      [1, 2].flatMap((seed) => {
        const shape = { moments: extent, heightUnits: extent, unitBytes: 1 + seed % 2, seed };
        const list = guillotineInstance(count, shape);
        const bare = { ...limits, rules: { heuristics: false } };
        return [
          list,
          allocated(list, limits),
          allocated(list, { ...limits, seed: 2 }),
          allocated(list, { ...bare, capacity: extent * (1 + seed % 2) }),
          allocated(list, { ...bare, capacity: 2 * extent * (1 + seed % 2) }),
          ...rules.map((rule) =>
            allocated(list, { ...bare, rules: { heuristics: false, [rule]: false } })
          ),
        ];
      })
    ),
  "plans: searches without hope": () =>
    buffers(11).map((list) =>
      rules.map((rule) =>
        allocated(list, { ...limits, rules: { heuristics: false, [rule]: false } })
      )
    ),
  "plans: allocations at fault": () =>
    buffers(6, { fixed: true }).flatMap((list, seed) => {
      const draw = drawer(seed);
      const found = allocate(list, limits);
      return [
        validateAllocation(list, found),
        validateAllocation(list, found, { alignmentBytes: 8, capacity: found.heightBytes }),
        validateAllocation(list, found, { capacity: found.heightBytes - 1 }),
        ...Array.from({ length: 12 }, () => validateAllocation(list, edited(found, draw))),
      ];
    }),
  "plans: buffers as text": () => [
    ...[...buffers(4), ...buffers(4, { fixed: true })].map((list) =>
      orError(() => [writeBuffersCsv(list), readBuffersCsv(writeBuffersCsv(list))])
    ),
    ...[
      "id,lower,upper,size\na,0,2,4\n\nb,1,3,8",
      'ID,start,end,size,alignment\r\n" a,""b",0,1,+4,16\r\n',
      "id,lower,upper,size,offset\n x ,0,2,4,32",
      ...["", "id,lower\na,0", "id,lower,upper,size\na,0,2", "id,lower,upper,size\na,0,2,x"],
      ...["id,lower,upper,size,colour\na,0,2,4,red", 'id,lower,upper,size\n"a,0,2,4'],
      ...["id,lower,upper,size,size\na,0,2,4,4", "id,lower,upper,size\na,3,2,1"],
    ].map((text) => orError(() => readBuffersCsv(text))),
  ],
  "plans: what no allocation can have": () =>
    [
      { from: 2, until: 2 },
      { from: -1, until: 2 },
      { from: 0.5 },
      { sizeBytes: 0 },
      { sizeBytes: -1 },
      { sizeBytes: 2 ** 53 },
      { alignmentBytes: 0 },
      { alignmentBytes: 3, offsetBytes: 4 },
      { offsetBytes: -4 },
      { offsetBytes: 3 },
      { offsetBytes: 4 },
      { id: "b" },
    ].map((part) => {
      const plain = { from: 0, until: 3, sizeBytes: 4 };
      const list = [{ id: "a", ...plain, ...part }, { id: "b", ...plain, offsetBytes: 0 }];
      return allocated(list, limits);
    }),
};

/** An allocation in which one thing is another. */
function edited(found: Allocation, draw: Draw): Allocation {
  const placed = found.buffers.map((buffer) => ({ ...buffer }));
  if (placed.length === 0) return { ...found, heightBytes: 1 };
  const at = draw(placed.length);
  const name = (["from", "until", "sizeBytes", "offsetBytes"] as const)[draw(4)];
  const by = [1, -1, 4, -30, 0.5][draw(5)];
  if (draw(8) === 0) return { ...found, heightBytes: found.heightBytes + by };
  if (draw(8) === 0) placed.splice(at, 1, ...draw(2) === 0 ? [] : [placed[at], placed[at]]);
  else placed[at] = { ...placed[at], [name]: placed[at][name] + by };
  return { ...found, buffers: placed };
}
