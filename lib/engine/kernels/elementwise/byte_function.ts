import type { Value } from "../../../kernel/kernel.ts";
import type { KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { apply } from "../../../kernel/values.ts";
import { zeroValues } from "../../../model/constant.ts";
import { dtypeRange } from "../../../model/dtype.ts";
import type { OperatorName } from "../../../model/operator.ts";
import type { Layer, LayerKernel, MakeKernel } from "../../layer.ts";
import type { NumberArray, Operation, Prepare } from "../../reference/prepare.ts";
import { loadBytes, storeBytes } from "../vectors/bytes.ts";
import { LANES } from "../vectors/quantized_vectors.ts";
import { prepareByteTable } from "./byte_table.ts";
import { elementwiseKernel } from "./elementwise_kernel.ts";

/** What an activation of bytes does to each of them. */
export interface ByteFunction {
  /** TFLite's name. */
  readonly op: string;
  /** The reference's results for all 256 bytes. */
  readonly table: Uint8Array;
  /** The range to which it clamps, if that is all it does. */
  readonly clamp: { readonly min: number; readonly max: number } | null;
  /** What the table is called. */
  readonly name: string;
}

/** The function of a layer that is an activation of int8 or uint8; null for other types. */
export function byteFunctionOf<Name extends OperatorName>(
  layer: Layer,
  prepare: Prepare<Name>,
): ByteFunction | null {
  const { operator, name, inputs: [input], outputs: [output] } = layer;
  const { dtype } = output.tensor;
  if (dtype !== "int8" && dtype !== "uint8") return null;
  const kernel = prepare({
    attributes: operator.attributes,
    inputs: [input!.tensor],
    outputs: [output.tensor],
  } as unknown as Operation<Name>);
  const [x, y] = [0, 0].map(() => zeroValues(dtype, 256) as NumberArray);
  for (let byte = 0; byte < 256; byte++) x[byte] = byte;
  kernel([x], [y]);
  return {
    op: operator.op,
    table: new Uint8Array(y.buffer),
    clamp: clampOf(x, y),
    name: `${name}_table`,
  };
}

/**
 * An activation of int8 or uint8: the reference's results for all 256 bytes as a table, or minimum
 * and maximum where that is all it does.
 */
export function byteFunction<Name extends OperatorName>(prepare: Prepare<Name>): MakeKernel {
  return (layer) => {
    const found = byteFunctionOf(layer, prepare);
    return found === null ? null : byteKernel(layer, found);
  };
}

function byteKernel(layer: Layer, found: ByteFunction): LayerKernel {
  const { op, table, clamp, name } = found;
  const { constants, outputs: [{ tensor: { dtype } }] } = layer;
  const sign = dtype === "uint8" ? "u" : "s";
  const { min, max } = dtypeRange(dtype)!;
  const lookUp = clamp === null
    ? prepareByteTable(constants, { name, table }).vector
    : (_: KernelBuilder, bytes: Value) => {
      const low = clamp.min > min
        ? apply(`i8x16.max_${sign}`, [bytes, constants.splat8(clamp.min)])
        : bytes;
      return clamp.max < max ? apply(`i8x16.min_${sign}`, [low, constants.splat8(clamp.max)]) : low;
    };
  return elementwiseKernel(layer, {
    kernel: `${op.toLowerCase()} ${dtype} ${clamp === null ? "table" : "clamp"}`,
    operands: 1,
    lanes: LANES,
    work: (b, { inputs: [place], output: at, count }) => {
      storeBytes(b, at, b.let("bytes", lookUp(b, loadBytes(b, place, count))), count);
    },
  });
}

/** The range to which a function clamps, if that is what it does: `y[x]` for all x. */
function clampOf(
  x: NumberArray,
  y: NumberArray,
): { readonly min: number; readonly max: number } | null {
  const [min, max] = [Math.min(...y), Math.max(...y)];
  return x.every((value, i) => y[i] === Math.min(max, Math.max(min, value))) ? { min, max } : null;
}
