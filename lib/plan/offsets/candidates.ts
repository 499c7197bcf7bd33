import { type Item, type OffsetProblem, roundDown, roundUp } from "./offset_problem.ts";
import { pairedSteps, pairingEdges, stepChoice } from "./step_choice.ts";

/** Where an item may go, next to items that have their places. */
export class Candidates {
  readonly #paired: ReadonlyMap<number, Map<number, number>>;
  readonly #scratch: readonly (readonly Item[])[];

  constructor(readonly problem: OffsetProblem) {
    this.#paired = pairedSteps(problem.steps);
    this.#scratch = problem.steps.map((_, step) =>
      problem.items.filter(({ isScratch, from }) => isScratch && from === step)
    );
  }

  /** Scratch memory that the kernel of a step asks for. */
  scratchAt(step: number): readonly Item[] {
    return this.#scratch[step];
  }

  /**
   * Offsets for an item, each at an edge: the bottom, the top of the arena, next to a neighbour, or
   * as far over a neighbour as a rule allows. Ascending, without those that collide.
   */
  of(
    item: number,
    neighbours: readonly number[],
    offsets: Float64Array,
    heightBytes: number,
  ): number[] {
    const { items, steps } = this.problem;
    const { sizeBytes, alignmentBytes: unit } = items[item];
    const edges = new Set<number>([0]);
    if (heightBytes !== Infinity) edges.add(roundDown(heightBytes - sizeBytes, unit));
    for (const other of neighbours) {
      const at = offsets[other];
      edges.add(roundUp(at + items[other].sizeBytes, unit));
      edges.add(roundDown(at - sizeBytes, unit));
      const step = this.#paired.get(item)?.get(other);
      if (step === undefined) continue;
      const pairing = steps[step].pairings.find((pair) =>
        (pair.input === other && pair.output === item) ||
        (pair.input === item && pair.output === other)
      )!;
      for (const distance of pairingEdges(pairing, steps[step])) {
        const edge = pairing.output === item ? at + distance : at - distance;
        edges.add(roundDown(edge, unit));
        edges.add(roundUp(edge, unit));
      }
    }
    return [...edges]
      .filter((at) => (
        at >= 0 && at + sizeBytes <= heightBytes && this.#isFree(item, at, neighbours, offsets)
      ))
      .sort((a, b) => a - b);
  }

  #isFree(item: number, at: number, neighbours: readonly number[], offsets: Float64Array): boolean {
    const { items, steps } = this.problem;
    const { sizeBytes } = items[item];
    const paired = this.#paired.get(item);
    const shared: number[] = [];
    for (const other of neighbours) {
      const otherAt = offsets[other];
      if (at >= otherAt + items[other].sizeBytes || otherAt >= at + sizeBytes) continue;
      const step = paired?.get(other);
      if (step === undefined) return false;
      if (!shared.includes(step)) shared.push(step);
    }
    const before = offsets[item];
    offsets[item] = at;
    const isFree = shared.every((step) => stepChoice(steps[step], items, offsets) !== null);
    offsets[item] = before;
    return isFree;
  }
}
