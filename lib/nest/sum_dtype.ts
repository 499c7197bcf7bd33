import type { DType } from "./dtype.ts";
import type { Nest } from "./nest.ts";

/** Dtype of a nest's sums, in which its arithmetic happens. */
export function sumDtype({ body, tensors }: Pick<Nest, "body" | "tensors">): DType {
  return body.sum ?? tensors.find((tensor) => tensor.name === body.target.tensor)!.dtype;
}
