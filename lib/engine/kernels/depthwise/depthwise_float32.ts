import { apply, vectorOfF32 } from "../../../kernel/values.ts";
import { type Layer, type LayerKernel, operatorOf } from "../../layer.ts";
import { outputRange } from "../../reference/clamp.ts";
import type { ChannelBlock } from "../channelwise/channel_blocks.ts";
import { channelwiseFloat32 } from "../channelwise/channelwise_float32.ts";
import { floatsOf } from "../convolution/weights.ts";
import { clampFloats } from "../vectors/float_vectors.ts";
import { layerWindow } from "../walk/open_kernel.ts";

/** DEPTHWISE_CONV_2D of float32: see `channelwiseFloat32`. */
export function depthwiseFloat32(layer: Layer): LayerKernel | null {
  const operator = operatorOf(layer, "DEPTHWISE_CONV_2D");
  const { constants, inputs: [input, filter, bias], outputs: [output] } = layer;
  if (operator === null || input!.tensor.dtype !== "float32") return null;
  if (filter!.tensor.data === null || bias?.tensor.data === null) return null;
  const window = layerWindow(layer)!;
  const weights = floatsOf(filter!.tensor);
  const biases = bias ? floatsOf(bias.tensor) : null;
  const filters = filter!.tensor.shape[3];
  const range = outputRange(operator.attributes.activation, output.tensor);
  return channelwiseFloat32(layer, {
    window,
    operator: {
      name: "depthwise",
      multiplier: window.outputPixelBytes / window.inputPixelBytes,
      update: "add",
      terms: "products",
      weights,
      biases,
      constants: (blocks) => {
        const packed = packTaps(biases ? [weights, biases] : [weights], { blocks, filters });
        return constants.place(`${layer.name}_weights`, packed);
      },
      constantsBehind: biases ? 1 : 0,
      initial: () => ZERO,
      combine: (sum, x, weight) => apply("f32x4.add", [sum, apply("f32x4.mul", [x, weight])]),
      finish: (sum, { behind }) => {
        const total = biases ? apply("f32x4.add", [sum, behind(0)]) : sum;
        return clampFloats(constants, total, range);
      },
    },
  });
}

const ZERO = vectorOfF32(0);

/** Lists `[tap][channel]`, one behind the other, for every block of channels in whole vectors. */
function packTaps(
  lists: readonly ArrayLike<number>[],
  { blocks, filters }: { readonly blocks: readonly ChannelBlock[]; readonly filters: number },
): Uint8Array {
  const rows = lists.flatMap((list) =>
    Array.from({ length: list.length / filters }, (_, tap) => ({ list, first: tap * filters }))
  );
  const vectors = blocks.reduce((sum, block) => sum + block.vectors, 0);
  const packed = new Float32Array(vectors * 4 * rows.length);
  let at = 0;
  for (const block of blocks) {
    for (const { list, first } of rows) {
      for (let c = 0; c < block.channels; c++) packed[at + c] = list[first + block.first + c];
      at += block.vectors * 4;
    }
  }
  return new Uint8Array(packed.buffer);
}
