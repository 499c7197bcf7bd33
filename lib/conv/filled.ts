import { affine } from "../nest/affine.ts";
import { defineNest, elementsOf } from "../nest/define_nest.ts";
import type { Nest } from "../nest/nest.ts";
import type { PipelineBuffer } from "../nest/pipeline.ts";
import { constant, streamed } from "./stage.ts";

/** Sets every element of a buffer to one number. */
export function filled(
  { name, dtype, shape }: Pick<PipelineBuffer, "name" | "dtype" | "shape">,
  value: number,
): Nest {
  const elements = elementsOf({ shape });
  const nest = defineNest({
    name: "fill",
    extents: { e: elements },
    tensors: [{ name, dtype, shape: [elements], role: "output" }],
    body: { target: { tensor: name, index: [affine("e")] }, update: "set", value: constant(value) },
  });
  return streamed(nest, "e");
}
