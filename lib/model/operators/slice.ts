import type { NoAttributes } from "../attributes.ts";
import type { OperatorDefinition } from "../operator_definition.ts";
import { elements, position, strides, wholeOf } from "../shape.ts";
import { expectShape, known, rankFault } from "../shape_faults.ts";

/** SLICE. */
export const slice: OperatorDefinition<NoAttributes> = {
  description: "Cuts a box; inputs: data, begin, size (-1: up to the end)",
  optionTable: "SliceOptions",
  inputs: 3,
  access: { kind: "movement" },
  moves: (_, { inputs: [data, begin, size], outputs: [output] }) => {
    const first = known(begin);
    // A size at run time may be another, and is refused then.
    if (first?.length !== data.shape.length || known(size) === null) return null;
    const steps = strides(data.shape);
    const from = { first: position(first, steps), steps };
    return [{ input: 0, output: 0, extents: output.shape, from, to: wholeOf(output) }];
  },
  check: (_, { inputs: [data, ...lists], outputs: [output] }) => {
    const rank = data.shape.length;
    const wrong = lists.find(({ shape }) => shape.length !== 1 || elements(shape) !== rank);
    if (wrong !== undefined) return `a list of shape [${wrong.shape}], needed [${rank}]`;
    const fault = rankFault("output", output, rank);
    if (fault !== null) return fault;
    const [begin, size] = lists.map(known);
    const first = (axis: number) => begin?.[axis] ?? 0;
    const cuts = data.shape.map((extent, i) => {
      const count = size?.[i] ?? output.shape[i];
      return count === -1 ? begin === null ? output.shape[i] : extent - first(i) : count;
    });
    if (cuts.some((count, i) => first(i) < 0 || count < 0 || first(i) + count > data.shape[i])) {
      return `begin [${begin}], size [${size}] on shape [${data.shape}]`;
    }
    return expectShape(output, cuts);
  },
};
