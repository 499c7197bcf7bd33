import { type Layer, type LayerKernel, operatorOf } from "../layer.ts";
import { conversion } from "../reference/concatenation.ts";
import { fromFront } from "../reference/expect.ts";
import { strides } from "../reference/indices.ts";
import { prepareByteTable } from "./byte_table.ts";
import { moveBoxes } from "./move_boxes.ts";

/** CONCATENATION: every input is a box of the output; uint8 of other scales goes through a table. */
export function concatenation(layer: Layer): LayerKernel | null {
  const operator = operatorOf(layer, "CONCATENATION");
  if (operator === null) return null;
  const { name, inputs, outputs: [output], constants } = layer;
  const steps = strides(output.tensor.shape);
  const axis = fromFront(operator.attributes.axis, steps.length);
  let offset = 0;
  const boxes = inputs.map((input, i) => {
    const { tensor: { shape }, region } = input!;
    const convert = conversion(input!.tensor, output.tensor);
    const from = { region, first: 0, steps: strides(shape) };
    const to = { region: output.region, first: offset * steps[axis], steps };
    offset += shape[axis];
    if (convert === null) return { extents: shape, from, to };
    const table = Uint8Array.from({ length: 256 }, (_, byte) => convert(byte));
    const change = prepareByteTable(constants, { name: `${name}_table${i}`, table });
    return { extents: shape, from: { ...from, change }, to };
  });
  return moveBoxes(layer, boxes);
}
