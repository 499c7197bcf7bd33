import type { Subgraph } from "../model/model.ts";
import { operatorName } from "../model/operator.ts";
import { hasUnknownExtents } from "../model/shape.ts";

/**
 * What totals of a graph leave out because nothing is known of it, in words; empty where they hold all.
 */
export function unknownParts({ operators, tensors }: Subgraph): readonly string[] {
  const opaque = new Map<string, number[]>();
  operators.forEach((operator, index) => {
    if (operator.op !== "OPAQUE") return;
    const name = operatorName(operator);
    opaque.set(name, [...opaque.get(name) ?? [], index]);
  });
  const parts = [...opaque].map(([name, indices]) =>
    `scratch memory, state and multiply-accumulates of ${name} (${listed("operator", indices)})`
  );
  const open = indicesOf(tensors, hasUnknownExtents);
  if (open.length > 0) parts.push(`extents, known at run time only, of ${listed("tensor", open)}`);
  const texts = indicesOf(tensors, ({ dtype }) => dtype === "string");
  if (texts.length > 0) parts.push(`bytes of strings in ${listed("tensor", texts)}`);
  return parts;
}

function indicesOf<T>(items: readonly T[], isMeant: (item: T) => boolean): number[] {
  return items.flatMap((item, index) => isMeant(item) ? index : []);
}

const MOST_LISTED = 4;

function listed(what: string, indices: readonly number[]): string {
  const first = indices.slice(0, MOST_LISTED).join(", ");
  const more = indices.length > MOST_LISTED ? ` and ${indices.length - MOST_LISTED} more` : "";
  return `${what}${indices.length === 1 ? "" : "s"} ${first}${more}`;
}
