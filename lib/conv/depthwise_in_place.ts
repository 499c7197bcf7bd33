import { defineNest } from "../nest/define_nest.ts";
import { affine } from "../nest/affine.ts";
import type { Expr, Nest } from "../nest/nest.ts";
import type { Pipeline, PipelineBuffer, PipelineNode, Stage } from "../nest/pipeline.ts";
import { accumulate } from "../schedule/accumulate.ts";
import { unroll } from "../schedule/unroll.ts";
import { vectorize } from "../schedule/vectorize.ts";
import type { ConvGeometry } from "./conv_shape.ts";
import { layerPipeline } from "./implicit_gemm.ts";
import { binary, buildStage, filled, read, streamed, sumOfProducts } from "./stages.ts";

/**
 * Whether a depthwise layer can overwrite its input: the output has its type and its size. Int8 sums
 * are wider than what they are summed from.
 */
export function inPlaceFits(g: ConvGeometry): boolean {
  return g.depthwise && g.dtype === "f32" && g.stride === 1 &&
    g.y.extent === g.height && g.x.extent === g.width;
}

/**
 * Depthwise convolution in place, channel by channel, as TinyEngine does it (Lin et al., MCUNet,
 * NeurIPS 2020): a channel is copied into a padded buffer of one channel, and its output is written
 * where the channel was. The channels next to it do not notice, since none reads another.
 *
 * Out of place a layer of N channels holds 2 N channels, so N + 1, the one with its padding.
 *
 * @throws {RangeError} the layer does not fit, see {@link inPlaceFits}.
 */
export function depthwiseInPlaceChannel(g: ConvGeometry): Pipeline {
  checkFits(g);
  const [kh, kw] = g.kernel;
  const { reach: height } = g.y;
  const { reach: width } = g.x;
  const c = g.inChannels;
  const channel = affine("channel");
  const strided = { dtype: "f32", shape: [g.height, g.width * c] } as const;
  const plane = { name: "B", dtype: "f32", shape: [height, width] } as const;
  const pixel = [affine("y"), affine({ x: c })];
  const copy = defineNest({
    name: "copy",
    extents: { y: g.height, x: g.width },
    tensors: [{ ...strided, name: "I", role: "input" }, { ...plane, role: "output" }],
    body: {
      target: { tensor: "B", index: [affine("y", g.y.before), affine("x", g.x.before)] },
      update: "set",
      value: read("I", pixel),
    },
  });
  const taps = defineNest({
    name: "taps",
    extents: { y: g.height, x: g.width, ky: kh, kx: kw },
    tensors: [
      { ...plane, role: "input" },
      { name: "W", dtype: "f32", shape: [kh, kw * c], role: "input" },
      { ...strided, name: "O", role: "output" },
    ],
    body: sumOfProducts(
      { tensor: "O", index: pixel },
      read("B", [affine({ y: 1, ky: 1 }), affine({ x: 1, kx: 1 })]),
      read("W", [affine("ky"), affine({ kx: c })]),
    ),
  });
  const unrolled = unroll(unroll(accumulate(taps, "ky"), "kx", "full"), "ky", "full");
  return layerPipeline(g, {
    name: "depthwise in place, a channel at a time",
    inPlace: "I",
    scratch: [{ ...plane, role: "scratch" }],
    nodes: [
      buildStage("clear the buffer, padding and all", filled(plane, g.zeroPoint)),
      {
        kind: "repeat",
        axis: "channel",
        extent: c,
        body: [
          buildStage("copy a channel", copy, { I: channel }),
          buildStage("sum its taps where it was", unrolled, { W: channel, O: channel }),
        ],
      },
    ],
  });
}

/**
 * Depthwise convolution in place, row by row: the rows that a kernel covers are kept in a ring of as
 * many padded rows; each output row is written where its input row was, which by then is in the ring.
 *
 * @throws {RangeError} the layer does not fit, see {@link inPlaceFits}.
 */
export function depthwiseInPlaceRows(g: ConvGeometry): Pipeline {
  checkFits(g);
  const [kh] = g.kernel;
  const ringRow = (name: string): PipelineBuffer => (
    { name, dtype: "f32", shape: [g.x.reach, g.inChannels], role: "scratch" }
  );
  const row = g.width * g.inChannels;
  const rings = Array.from({ length: kh }, (_, slot) => `R${slot}`);
  // Input row r lies in slot r + before, modulo the slots; rows of padding are like any other.
  const slotOf = (inputRow: number) => rings[(inputRow + g.y.before) % kh];
  const keep = (inputRow: number, offset: Record<string, number>, base: number): Stage =>
    buildStage("keep a row", keptRow(g, slotOf(inputRow)), { I: affine(offset, base) });
  const sums = (outputRow: number, offset: Record<string, number>, base: number): Stage =>
    buildStage(
      "sum the taps of a row",
      rowSums(g, rings.map((_, ky) => slotOf(outputRow + ky - g.y.before))),
      { O: affine(offset, base) },
    );
  const ahead = kh - 1 - g.y.before;
  const last = g.height - ahead;
  const rounds = Math.max(0, Math.floor(last / kh));
  const round = Array.from({ length: kh }, (_, phase): readonly Stage[] => [
    keep(phase + ahead, { round: kh * row }, (phase + ahead) * row),
    sums(phase, { round: kh * row }, phase * row),
  ]).flat();
  const after = Array.from({ length: g.height - rounds * kh }, (_, more): PipelineNode[] => {
    const outputRow = rounds * kh + more;
    const inputRow = outputRow + ahead;
    return [
      inputRow < g.height
        ? keep(inputRow, {}, inputRow * row)
        : buildStage("keep a row of padding", filled(ringRow(slotOf(inputRow)), g.zeroPoint)),
      sums(outputRow, {}, outputRow * row),
    ];
  }).flat();
  return layerPipeline(g, {
    name: "depthwise in place, a row at a time",
    inPlace: "I",
    scratch: rings.map(ringRow),
    nodes: [
      ...rings.map((name) => buildStage("clear a row", filled(ringRow(name), g.zeroPoint))),
      ...Array.from({ length: Math.min(ahead, g.height) }, (_, inputRow) => (
        keep(inputRow, {}, inputRow * row)
      )),
      ...(rounds > 0
        ? [{ kind: "repeat" as const, axis: "round", extent: rounds, body: round }]
        : []),
      ...after,
    ],
  });
}

function checkFits(g: ConvGeometry): void {
  if (inPlaceFits(g)) return;
  throw new RangeError(
    `Only a depthwise float32 layer of stride 1 that keeps its size can overwrite its input, found ` +
      `${g.text} in ${g.dtype}`,
  );
}

function keptRow(g: ConvGeometry, slot: string): Nest {
  const c = g.inChannels;
  const nest = defineNest({
    name: "keep",
    extents: { e: g.width * c },
    tensors: [
      { name: "I", dtype: "f32", shape: [g.width * c], role: "input" },
      { name: slot, dtype: "f32", shape: [g.x.reach * c], role: "output" },
    ],
    body: {
      target: { tensor: slot, index: [affine("e", g.x.before * c)] },
      update: "set",
      value: read("I", [affine("e")]),
    },
  });
  return streamed(nest, "e");
}

// One product for each row of the kernel, since each of them reads another slot of the ring.
function rowSums(g: ConvGeometry, slots: readonly string[]): Nest {
  const [kh, kw] = g.kernel;
  const c = g.inChannels;
  const value = slots.map((slot, ky): Expr =>
    binary(
      "mul",
      read(slot, [affine({ x: c, kx: c, c: 1 })]),
      read("W", [affine(ky), affine("kx"), affine("c")]),
    )
  ).reduce((sum, product) => binary("add", sum, product));
  const nest = defineNest({
    name: "row",
    extents: { x: g.width, c, kx: kw },
    tensors: [
      ...slots.map((name) => (
        { name, dtype: "f32", shape: [g.x.reach * c], role: "input" } as const
      )),
      { name: "W", dtype: "f32", shape: [kh, kw, c], role: "input" },
      { name: "O", dtype: "f32", shape: [g.width, c], role: "output" },
    ],
    body: {
      target: { tensor: "O", index: [affine("x"), affine("c")] },
      update: "add",
      value,
      start: 0,
    },
  });
  return accumulate(vectorize(unroll(nest, "kx", "full"), "c"), "kx");
}
