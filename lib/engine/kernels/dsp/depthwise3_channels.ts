import type { Region, Value } from "../../../kernel/kernel.ts";
import type { KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { apply } from "../../../kernel/values.ts";
import { type FinishCode, unpackStart } from "./finish_sums.ts";

/** What functions for 3 x 3 taps are given for the walk over their channels. */
export type ChannelPlaces = Readonly<
  Record<
    "x" | "y" | "w" | "w_end" | "pairs" | "mode" | "planes_end" | "next_plane" | "next_result",
    Value
  >
>;

/**
 * Walks over the channels in groups of four: of each group the pairs are gathered, as `given.mode`
 * says which rows there are; then each of its channels is computed from its pairs at `x`.
 */
export function forDepthwise3Channels(
  b: KernelBuilder,
  given: ChannelPlaces,
  { modes, gather, compute }: {
    readonly modes: readonly number[];
    readonly gather: (mode: number) => void;
    readonly compute: (x: Value) => void;
  },
): void {
  b.goOn(given.w, { until: given.w_end, step: 0, atLeastOnce: true }, () => {
    const choose = ([mode, ...others]: readonly number[]): void => {
      if (others.length === 0) return gather(mode);
      b.if(apply("i32.eq", [given.mode, mode]), () => gather(mode), () => choose(others));
    };
    choose(modes);
    const x = b.let("x", given.pairs);
    b.goOn(x, { until: given.planes_end, step: 0, atLeastOnce: true }, () => {
      compute(x);
      b.advance(x, given.next_plane);
      b.advance(given.y, given.next_result);
    });
    b.advance(given.x, 4);
  });
}

/**
 * Loads what is known of a channel, and leads `w` to the next one: words of two weights (of a row and
 * the next, by column), what sums start from, and words to finish them with.
 */
export function loadChannel(
  b: KernelBuilder,
  finish: FinishCode,
  { given, weights }: { readonly given: ChannelPlaces; readonly weights: Region },
): { readonly packed: readonly Value[]; readonly start: Value; readonly words: readonly Value[] } {
  const w = b.let("w", given.w);
  const size = 4 * (4 + finish.words);
  const constants = Array.from({ length: 4 + finish.words }, (_, i) => {
    const at = { region: weights, address: w, alignmentBytes: 4 };
    const constant = b.load("i32.load", { ...at, offsetBytes: i < 2 ? 4 * i : 4 * i - size });
    const local = b.let(i < 3 ? "packed" : i === 3 ? "start" : "factor", constant);
    // Here, so that both loads and this are one LDRD that moves its pointer on: see `fuseAccesses`.
    if (i === 1) b.advance(w, size);
    return local;
  });
  b.set(given.w, w);
  const { start, shift } = unpackStart(b, finish, constants[3]);
  const words = [...constants.slice(4), ...shift === null ? [] : [shift]];
  return { packed: constants.slice(0, 3), start, words };
}
