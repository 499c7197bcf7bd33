import type { Layer } from "../../layer.ts";
import { channelFactors } from "../../reference/arithmetic.ts";
import { firstChannels, type GroupFamily } from "../channelwise/channel_blocks.ts";
import { numbersOf, productBounds } from "../convolution/weights.ts";
import type { Rescale } from "../requantize/rescale.ts";
import { channelIn, packDepthwise, type WeightOrder, weightPlaces } from "./pack_depthwise.ts";

/** Packed weights of every family of groups, and where its factors lie. */
export function packFamilies(
  layer: Layer,
  { weights, families, filters, order, rescale }: {
    readonly weights: ArrayLike<number>;
    readonly families: readonly GroupFamily[];
    readonly filters: number;
    readonly order: WeightOrder;
    readonly rescale: Rescale;
  },
) {
  let rescaleStart = 0;
  return new Map(families.map((family) => {
    const vectors = Math.ceil(family.width / order.lanes);
    const factor = rescale.weightFactor;
    const bytes = packDepthwise(weights, { order, family, filters, factor });
    const first = rescaleStart;
    const groupBytes = vectors * rescale.groupBytes;
    rescaleStart += groupBytes * family.outer * family.inner;
    const region = layer.constants.place(`${layer.name}_weights${family.width}`, bytes);
    return [family, {
      region,
      vectors,
      places: weightPlaces(order, vectors),
      firstRescale: first,
      rescaleBytes: groupBytes,
    }];
  }));
}

/** What every channel's sum starts from, and how far its products can take it. */
export function sumsOf({ weights, filters, zero, bias }: {
  readonly weights: ArrayLike<number>;
  readonly filters: number;
  /** What stands for 0 in the elements. */
  readonly zero: number;
  readonly bias: Parameters<typeof numbersOf>[0] | undefined;
}) {
  const taps = weights.length / filters;
  const byChannel = new Int16Array(weights.length);
  for (let tap = 0; tap < taps; tap++) {
    for (let o = 0; o < filters; o++) byChannel[o * taps + tap] = weights[tap * filters + o];
  }
  const given = bias === undefined ? null : numbersOf(bias);
  return {
    products: productBounds(byChannel, { channels: filters, most: 255 }),
    bias: Array.from({ length: filters }, (_, o) => {
      let total = 0;
      for (let tap = 0; tap < taps; tap++) total += byChannel[o * taps + tap];
      return (given === null ? 0 : given[o]) - zero * total;
    }),
  };
}

export function factorsOf({ inputs: [input, weights, bias], outputs: [output] }: Layer) {
  return channelFactors({
    input: input!.tensor,
    weights: weights!.tensor,
    bias: bias?.tensor,
    output: output.tensor,
    activation: "NONE",
    channelAxis: 3,
    biasType: "int32",
    isFullyConnected: false,
  });
}

/** The channel in every lane of every group's vectors; lanes to spare repeat the last one. */
export function channelPlaces(
  families: readonly GroupFamily[],
  lanes: number,
): readonly number[] {
  return families.flatMap((family) =>
    firstChannels(family).flatMap((first) =>
      Array.from(
        { length: Math.ceil(family.width / lanes) * lanes },
        (_, place) => first + Math.min(channelIn(place, lanes), family.width - 1),
      )
    )
  );
}
