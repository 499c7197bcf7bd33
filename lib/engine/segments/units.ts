import type { Plan } from "../../plan/plan.ts";
import type { Extent } from "../../plan/segment.ts";
import type { ConstantPool } from "../constant_pool.ts";
import { hasVectors, type Layer, type LayerKernel } from "../layer.ts";
import { segmentKernel } from "./segment_kernel.ts";

/** What an engine runs at a time: a step of the plan, or a segment as a whole. */
export interface Unit {
  /** Steps of the plan. */
  readonly steps: Extent;
  /** Index of the segment; null: a single step. */
  readonly segment: number | null;
  readonly kernel: LayerKernel;
}

/** The steps of a plan, those of each segment together. */
export function unitsOf(
  plan: Plan,
  { layers, kernels, constants, checked }: {
    readonly layers: readonly Layer[];
    /** The kernel of every step. */
    readonly kernels: readonly LayerKernel[];
    readonly constants: ConstantPool;
    readonly checked: boolean;
  },
): readonly Unit[] {
  return plan.steps.flatMap(({ segment: index }, step): Unit[] => {
    if (index === null) return [{ steps: [step, step + 1], segment: null, kernel: kernels[step] }];
    const segment = plan.segments[index];
    const { from, until } = segment;
    if (step !== from) return [];
    const parts = layers.slice(from, until).map((layer, i) => {
      const { step: { operator, name }, call, inputs: [input], outputs: [output] } = layer;
      const [, height, width] = (call!.sums === null ? output : input!).tensor.shape;
      return { operator, name, pixels: height * width, kernel: kernels[from + i] };
    });
    const vectors = hasVectors(layers[from]);
    const kernel = segmentKernel(segment, { index, parts, constants, checked, vectors });
    return [{ steps: [from, until], segment: index, kernel }];
  });
}
