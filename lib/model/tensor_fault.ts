import { dtypeBits, dtypeRange, dtypes } from "./dtype.ts";
import { MAX_RANK, sizeBytes } from "./shape.ts";
import type { Quantization, Tensor } from "./tensor.ts";

// TFLite's shapes are int32, and so are the sizes of its arena.
const LARGEST = 2 ** 31 - 1;

/** What is wrong with a tensor: type, shape, size of its data, quantization; null if nothing is. */
export function tensorFault(tensor: Tensor): string | null {
  const { shape, dtype, data, quantization } = tensor;
  if (!dtypes.includes(dtype)) return `type ${dtype}, needed one of ${dtypes.join(", ")}`;
  if (shape.length > MAX_RANK) return `${shape.length} dimensions, at most ${MAX_RANK} are read`;
  for (const extent of shape) {
    if (!Number.isInteger(extent) || extent < 0 || extent > LARGEST) {
      return `shape [${shape}] with the extent ${extent}, needed 0 to ${LARGEST}` +
        (extent === -1 ? ": a symbolic extent; export the model with fixed shapes" : "");
    }
  }
  const bytes = sizeBytes(tensor);
  if (bytes > LARGEST) return `shape [${shape}] takes ${bytes} bytes, at most ${LARGEST} fit`;
  if (data !== null) {
    if (tensor.isVariable) return "state with constant data";
    if (dtypeBits(dtype) !== 0 && !tensor.isSparse && data.length !== bytes) {
      return `a constant of ${data.length} bytes, needed ${bytes} for ${dtype} [${shape}]`;
    }
  }
  return quantization === null ? null : quantizationFault(quantization, tensor);
}

function quantizationFault(quantization: Quantization, tensor: Tensor): string | null {
  const { scales, zeroPoints, axis } = quantization;
  if (zeroPoints.length !== scales.length) {
    return `${scales.length} scales and ${zeroPoints.length} zero points`;
  }
  if (scales.length <= 1) {
    if (axis !== 0) return `quantized dimension ${axis} with one scale, needed 0`;
  } else if (!(axis >= 0 && axis < tensor.shape.length)) {
    return `quantized dimension ${axis} of shape [${tensor.shape}]`;
  } else if (tensor.shape[axis] !== scales.length) {
    return `${scales.length} scales for dimension ${axis} of shape [${tensor.shape}]`;
  }
  // Channels of weights may have negative ones; operators say where they need more than finite.
  const badScale = scales.find((scale) => !Number.isFinite(scale));
  if (badScale !== undefined) return `scale ${badScale}, needed a finite number`;
  const range = dtypeRange(tensor.dtype);
  const { min, max } = range ?? { min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER };
  const badPoint = zeroPoints.find((point) =>
    !(Number.isInteger(point) && point >= min && point <= max)
  );
  if (badPoint !== undefined) {
    return `zero point ${badPoint}, needed ${min} to ${max} for ${tensor.dtype}: no ${tensor.dtype} ` +
      "stands for 0, which padding and activations need; quantize the model anew";
  }
  return null;
}
