import type { BuiltProblem } from "../offsets/build_problem.ts";
import type { InPlaceForm, Item, Pairing, StepRules } from "../offsets/offset_problem.ts";
import type { Fusion } from "./fusion.ts";
import type { Part } from "./part.ts";
import { surroundings, workspaceItem } from "./part_rules.ts";

/** The problem of offsets of parts that run one after the other; times count parts. */
export function fusedProblem(fusion: Fusion, parts: readonly Part[]): BuiltProblem {
  const { built: { problem, valueOf, purposeOf } } = fusion;
  const partOf = parts.flatMap(({ from, until }, part) =>
    Array.from({ length: until - from }, () => part)
  );
  const around = parts.map((part) => part.form === null ? null : surroundings(fusion, part));
  const isKept = (item: Item, index: number) => {
    const part = partOf[item.from];
    const here = around[part];
    if (here === null) return true;
    if (item.isScratch) return false;
    // Inside of a segment: alive there, but not around it.
    return item.until > parts[part].until || here.alive.includes(index);
  };
  const items: Item[] = [];
  const values: number[] = [];
  const purposes: string[] = [];
  const newIndex = problem.items.map((item, index) => {
    if (!isKept(item, index)) return -1;
    values.push(valueOf[index]);
    purposes.push(purposeOf[index]);
    const from = partOf[item.from];
    return items.push({ ...item, from, until: partOf[item.until - 1] + 1 }) - 1;
  });
  parts.forEach(({ form }, part) => {
    const sizeBytes = form?.workspaceBytes ?? 0;
    if (sizeBytes === 0) return;
    const { alignmentBytes } = around[part]!;
    values.push(-1);
    purposes.push("rings");
    items.push(workspaceItem(sizeBytes, { from: part, until: part + 1, alignmentBytes }));
  });
  const steps = parts.map(({ rules }) => renumbered(rules, newIndex));
  return {
    problem: { items, steps, channels: problem.channels },
    valueOf: values,
    purposeOf: purposes,
  };
}

function renumbered(
  { pairings, inPlace }: {
    readonly pairings: readonly Pairing[];
    readonly inPlace: readonly InPlaceForm[];
  },
  newIndex: readonly number[],
): StepRules {
  return {
    pairings: pairings.map((pairing) => (
      { ...pairing, input: newIndex[pairing.input], output: newIndex[pairing.output] }
    )),
    inPlace,
  };
}
