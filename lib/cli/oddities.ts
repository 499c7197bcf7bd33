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

/** The same for `--json`. */
export function oddities(model: Model): {
  readonly warnings: readonly string[];
  readonly notRead: readonly string[];
  readonly files: readonly string[];
  readonly folded: readonly number[];
} {
  const { warnings = [], lost, files = {} } = model;
  return { warnings, notRead: lost, files: Object.keys(files), folded: foldedOperators(model) };
}
