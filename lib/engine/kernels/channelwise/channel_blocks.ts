import type { Value } from "../../../kernel/kernel.ts";
import type { KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { add, min, mul } from "../../../kernel/values.ts";
import { forRange, type IndexRange, rangeOf } from "../walk/index_range.ts";

/**
 * Groups of output channels that a kernel takes as vectors, all of one width: `outer` times `inner`
 * groups, the last of the inner ones moved back to end with the channels, so that some channels may be
 * computed twice but nothing beyond them is touched.
 */
export interface GroupFamily {
  /** Channels of a group: a power of two. */
  readonly width: number;
  /** First output channel. */
  readonly first: number;
  /** Whether a group's channels come from one input channel: depth multiplier above 1. */
  readonly isSplat: boolean;
  /** Input channels that are taken one by one, else 1. */
  readonly outer: number;
  readonly inner: number;
  /** Output channels of one turn of the outer loop. */
  readonly span: number;
}

/** A group when the kernel runs. */
export interface ChannelGroup {
  readonly family: GroupFamily;
  /** Its number in the family. */
  readonly index: Value;
  /** First input channel. */
  readonly input: Value;
  /** First output channel. */
  readonly output: Value;
}

const WIDTHS = [64, 32, 16, 8, 4, 2, 1];

/** Channels in groups of at most `widest`. */
export function groupsOf(
  channels: number,
  { widest, multiplier = 1, isExact = false }: {
    readonly widest: number;
    /** Output channels of an input channel. */
    readonly multiplier?: number;
    /** Whether no channel may be computed twice. */
    readonly isExact?: boolean;
  },
): readonly GroupFamily[] {
  const isSplat = multiplier > 1;
  const outer = isSplat ? channels : 1;
  const span = isSplat ? multiplier : channels;
  const widths = WIDTHS.filter((width) => width <= Math.min(widest, span));
  if (!isExact) {
    const [width] = widths;
    return [{ width, first: 0, isSplat, outer, inner: Math.ceil(span / width), span }];
  }
  let first = 0;
  return widths.flatMap((width) => {
    const inner = Math.floor((span - first) / width);
    if (inner === 0) return [];
    const family = { width, first, isSplat, outer, inner, span: inner * width };
    first += family.span;
    return [family];
  });
}

/** First output channels of a family's groups. */
export function firstChannels({ width, first, outer, inner, span }: GroupFamily): number[] {
  return Array.from({ length: outer * inner }, (_, index) => (
    first + Math.floor(index / inner) * span + Math.min(index % inner * width, span - width)
  ));
}

/** All groups in the order of their channels, or the reverse; `range`: the inner ones to do. */
export function forEachGroup(
  b: KernelBuilder,
  families: readonly GroupFamily[],
  { isReverse, range }: { readonly isReverse: boolean; readonly range?: IndexRange },
  body: (group: ChannelGroup) => void,
): void {
  for (const family of isReverse ? families.toReversed() : families) {
    const { width, first, isSplat, outer, inner, span } = family;
    const channels = { name: "channel", range: rangeOf(0, outer), isReverse };
    forRange(b, channels, (channel) => {
      const groups = { name: "group", range: range ?? rangeOf(0, inner), isReverse };
      forRange(b, groups, (group) => {
        const whole = inner * width === span;
        const within = whole
          ? mul(group, width)
          : min(b.let("at", mul(group, width)), span - width);
        const output = b.let("output", add(add(mul(channel, span), within), first));
        const index = add(mul(channel, inner), group);
        body({ family, index, input: isSplat ? channel : output, output });
      });
    });
  }
}

/** Channels in one block of sums, and where the block begins. */
export interface ChannelBlock {
  readonly first: number;
  readonly channels: number;
  /** Vectors of channels, of four if nothing else is asked for. */
  readonly vectors: number;
}

/** Channels in blocks of `vectors` vectors, the last one with what is left. */
export function channelBlocks(channels: number, vectors: number): readonly ChannelBlock[] {
  return blocksOfChannels(channels, vectors * 4);
}

/** Channels in blocks of `size`, the last one with what is left; a vector has so many `lanes`. */
export function blocksOfChannels(
  channels: number,
  size: number,
  { lanes = 4 }: { readonly lanes?: number } = {},
): readonly ChannelBlock[] {
  return Array.from({ length: Math.ceil(channels / size) }, (_, index) => {
    const count = Math.min(size, channels - index * size);
    return { first: index * size, channels: count, vectors: Math.ceil(count / lanes) };
  });
}
