import type { Value } from "../../../kernel/kernel.ts";
import { KernelBuilder, start } from "../../../kernel/kernel_builder.ts";
import { add, mul } from "../../../kernel/values.ts";
import { dtypeBits } from "../../../model/dtype.ts";
import { operatorName } from "../../../model/operator.ts";
import { hasVectors, type Layer, type LayerKernel, type PlacedTensor } from "../../layer.ts";
import { refuse } from "../../refusal.ts";
import { copyRun, copyWords } from "./copy_bytes.ts";

/** Elements that lie side by side and are copied together. */
export interface IndexedRun {
  /** Where they lie, and where they go, in elements. */
  readonly from: Value;
  readonly to: Value;
  /** Whether they lie within the tensor. */
  readonly isInside: Value;
}

/**
 * A kernel that copies runs of `count` elements of a tensor to the output, from places that it computes.
 * `visit` is called by `loops` for each of them; one that is out of range is refused.
 */
export function indexedRuns(
  layer: Layer,
  { source: { region, tensor }, count, reason, loops, copy }: {
    readonly source: PlacedTensor;
    readonly count: number;
    readonly reason: string;
    readonly loops: (b: KernelBuilder, visit: (run: IndexedRun) => void) => void;
    /** What is done with a run in place of copying its bytes; pointers to both. */
    readonly copy?: (b: KernelBuilder, at: { readonly from: Value; readonly to: Value }) => void;
  },
): LayerKernel {
  const { operator, name, outputs: [output] } = layer;
  const b = new KernelBuilder();
  b.parameter("thread");
  const [sourceBytes, outputBytes] = [tensor, output.tensor].map(({ dtype }) => (
    dtypeBits(dtype) / 8
  ));
  loops(b, ({ from, to, isInside }) => {
    const move = () => {
      const source = b.let("from", add(start(region), mul(from, sourceBytes)));
      const target = b.let("to", add(start(output.region), mul(to, outputBytes)));
      if (copy !== undefined) return copy(b, { from: source, to: target });
      const places = {
        from: { region, address: source },
        to: { region: output.region, address: target },
        bytes: count * sourceBytes,
        isReverse: layer.step.direction === "reverse",
      };
      if (hasVectors(layer)) copyRun(b, places);
      else copyWords(b, places);
    };
    b.if(isInside, move, () => refuse(b, layer));
  });
  return {
    kernel: `${operatorName(operator).toLowerCase()} ${output.tensor.dtype}`,
    remarks: [],
    code: [b.finish(name)],
    isParallel: false,
    refusal: { reason, error: "EngineError" },
  };
}
