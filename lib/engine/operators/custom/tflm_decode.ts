import { zeroValues } from "../../../model/constant.ts";
import type { EngineOperator } from "../../engine_operator.ts";
import { decodeKernel } from "../../kernels/decode/decode_kernel.ts";
import {
  bitsAt,
  channelOf,
  type Code,
  codeOf,
  DECODED,
  huffmanSymbols,
} from "../../reference/codes.ts";
import type { NumberArray, Operation, ReferenceKernel } from "../../reference/prepare.ts";

/** Decompresses constants, which take less memory so: anew in every run. */
export const tflmDecode: EngineOperator<"TFLM_DECODE"> = {
  types: DECODED,
  dataInput: null,
  reference: prepareDecode,
  kernels: [decodeKernel],
};

function prepareDecode({ inputs, outputs }: Operation<"TFLM_DECODE">): ReferenceKernel {
  const decoded = outputs.map((output, i) =>
    elementsOf(codeOf(inputs[2 * i], inputs[2 * i + 1], output))
  );
  return (_, results) => results.forEach((result, i) => result.set(decoded[i]));
}

function elementsOf(code: Code): NumberArray {
  const { count, dtype, table, stream } = code;
  const result = zeroValues(dtype, count) as NumberArray;
  if (code.kind === "Huffman") {
    result.set(huffmanSymbols(code));
    return result;
  }
  const bytes = table.slice(0, table.length - table.length % result.BYTES_PER_ELEMENT);
  const { constructor } = result;
  const values = new (constructor as typeof Int8Array)(bytes.buffer) as NumberArray;
  let next = 0;
  for (let i = 0; i < count; i++) {
    const channel = channelOf(i, code.channels);
    if (code.kind === "look-up") {
      result[i] =
        values[code.stride * channel + bitsAt(stream, i * code.indexBits, code.indexBits)];
    } else if (bitsAt(stream, i, 1) === 1) result[i] = values[next++];
    else if (dtype === "int8") result[i] = code.zeroPoints[channel];
  }
  return result;
}
