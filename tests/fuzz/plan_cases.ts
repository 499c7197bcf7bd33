import { randomBelow } from "../model/mutations.ts";
import { type Kind, plainCase, plainValue, seedOf, withoutParts } from "./case.ts";
import { type EditedPlan, editedPlan, editsOf } from "./plan_edits.ts";
import { tryPlan } from "./try_plan.ts";

/** Edited plans. */
export function planCases(): Kind {
  const caseOf = (plan: EditedPlan) => plainCase(plan, { run: tryEdited, smaller });
  return {
    night: 10_000,
    make: (index, seed) => caseOf(editsOf(index, randomBelow(seedOf(index, seed)))),
    read: (file) => caseOf(plainValue(file)),
  };
}

function tryEdited(edited: EditedPlan): string {
  const found = editedPlan(edited);
  return found === null ? "nothing to edit" : tryPlan(found);
}

function* smaller({ original, edits }: EditedPlan): Generator<EditedPlan> {
  for (const fewer of withoutParts(edits)) yield { original, edits: fewer };
}
