import { foldedOperators } from "../model/folding.ts";
import type { Model } from "../model/model.ts";
import { operatorName } from "../model/operator.ts";

/** Says what is odd about a model's file, and which of its operators do not run. */
export function tellOddities(model: Model, note: (line: string) => void): void {
  for (const warning of model.warnings ?? []) note(`warning: ${warning}`);
  for (const lost of model.lost) note(`not read: ${lost}`);
  const names = Object.keys(model.files ?? {});
  if (names.length > 0) note(`files behind the model: ${names.join(", ")}`);
  const folded = foldedOperators(model);
  if (folded.length === 0) return;
  const list = folded.map((index) => `${index} ${operatorName(model.operators[index])}`).join(", ");
  note(`known before the model runs, so that they do not: ${list}`);
}

/** The same for `--json`; what there is nothing of is left out. */
export function oddities(model: Model): Readonly<Record<string, readonly unknown[]>> {
  const { warnings = [], lost, files = {} } = model;
  const all = {
    warnings,
    notRead: lost,
    files: Object.keys(files),
    folded: foldedOperators(model),
  };
  return Object.fromEntries(Object.entries(all).filter(([, list]) => list.length > 0));
}

/** Whether a model is one of the zoo, which nobody has trained; its file says so too. */
export function hasRandomWeights({ description }: Model): boolean {
  return description.endsWith("; random weights");
}
