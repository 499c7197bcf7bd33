import type { LoopDirection } from "../loop_direction.ts";
import type { StepForm } from "../plan.ts";
import type { Item, Pairing, StepRules } from "./offset_problem.ts";

/** How an operator runs, given where its input and output lie. */
export interface StepChoice {
  readonly form: Exclude<StepForm, "fused">;
  readonly direction: LoopDirection;
  readonly delayPixels: number;
  readonly ringBytes: number;
}

const plain: StepChoice = { form: "plain", direction: "forward", delayPixels: 0, ringBytes: 0 };
const forward: StepChoice = { ...plain, form: "overlap" };
const reverse: StepChoice = { ...forward, direction: "reverse" };

/**
 * The least demanding way to run a step with these offsets, null if there is none. Pairings with an
 * end that has no place yet (offset -1) are not asked.
 */
export function stepChoice(
  rules: StepRules,
  items: readonly Item[],
  offsets: ArrayLike<number>,
): StepChoice | null {
  let isPlain = true;
  let isForward = true;
  let isReverse = true;
  for (const { input, output, forwardBytes, reverseBytes } of rules.pairings) {
    if (offsets[input] < 0 || offsets[output] < 0) continue;
    const distance = offsets[output] - offsets[input];
    if (distance >= items[input].sizeBytes || distance <= -items[output].sizeBytes) continue;
    isPlain = false;
    if (distance > forwardBytes) isForward = false;
    if (distance < reverseBytes) isReverse = false;
  }
  if (isPlain) return plain;
  if (isForward) return forward;
  if (isReverse) return reverse;
  return inPlaceChoice(rules, offsets);
}

function inPlaceChoice(rules: StepRules, offsets: ArrayLike<number>): StepChoice | null {
  const [pairing] = rules.pairings;
  const distance = offsets[pairing.output] - offsets[pairing.input];
  let best: StepChoice | null = null;
  for (const { distanceBytes, direction, delayPixels, ringBytes } of rules.inPlace) {
    if (distanceBytes !== distance || (best !== null && best.ringBytes <= ringBytes)) continue;
    best = { form: "in-place", direction, delayPixels, ringBytes };
  }
  return best;
}

/** For items that meet in one step only, as input and output of its operator: that step. */
export function pairedSteps(steps: readonly StepRules[]): ReadonlyMap<number, Map<number, number>> {
  const paired = new Map<number, Map<number, number>>();
  const note = (a: number, b: number, step: number) => {
    if (!paired.has(a)) paired.set(a, new Map());
    paired.get(a)!.set(b, step);
  };
  steps.forEach(({ pairings }, step) => {
    for (const { input, output } of pairings) {
      note(input, output, step);
      note(output, input, step);
    }
  });
  return paired;
}

/** Distances at the edges of what a pairing allows. */
export function pairingEdges(pairing: Pairing, rules: StepRules): readonly number[] {
  return [
    pairing.forwardBytes,
    pairing.reverseBytes,
    ...rules.inPlace.map(({ distanceBytes }) => distanceBytes),
  ];
}
