import { KernelBuilder } from "../../kernel/kernel_builder.ts";
import { dtypeBits } from "../../model/dtype.ts";
import { operatorName } from "../../model/operator.ts";
import { elements } from "../../model/shape.ts";
import { hasVectors, type Layer, type LayerKernel } from "../layer.ts";
import { type Box, copyBox, outermost } from "./copy_box.ts";
import { isShared } from "./element_loops.ts";
import { share } from "./index_range.ts";

/** A kernel that moves boxes of elements of the output's type, one after the other. */
export function moveBoxes(
  layer: Layer,
  boxes: readonly Omit<Box, "elementBytes">[],
): LayerKernel | null {
  const { operator, outputs, threads, name } = layer;
  const { dtype } = outputs[0].tensor;
  const elementBytes = dtypeBits(dtype) / 8;
  if (!Number.isInteger(elementBytes) || elementBytes === 0) return null;
  const moved = boxes.filter(({ extents }) => !extents.includes(0))
    .map((box) => ({ ...box, elementBytes }));
  const total = outputs.reduce((sum, { tensor }) => sum + elements(tensor.shape), 0);
  const isParallel = isShared(layer, total) && moved.some((box) => outermost(box) >= threads);
  const b = new KernelBuilder();
  const thread = b.parameter("thread");
  const part = (count: number) => share(thread, count, threads);
  const options = { vectors: hasVectors(layer), ...isParallel ? { part } : {} };
  for (const box of moved) copyBox(b, box, options);
  return {
    kernel: `${operatorName(operator).toLowerCase()} ${dtype}`,
    remarks: isParallel ? [`parallel over ${threads} threads`] : [],
    code: [b.finish(name)],
    isParallel,
  };
}

/** RESHAPE, SQUEEZE and EXPAND_DIMS that the plan does not alias: a copy. */
export function copyTensor(layer: Layer): LayerKernel | null {
  const { inputs: [input], outputs: [output] } = layer;
  const corner = ({ region }: typeof output) => ({ region, first: 0, steps: [1] });
  const extents = [elements(output.tensor.shape)];
  return moveBoxes(layer, [{ extents, from: corner(input!), to: corner(output) }]);
}
