import { defineNest } from "../nest/define_nest.ts";
import type { NestDtype } from "../nest/dtype.ts";
import { affine } from "../nest/affine.ts";
import type { Expr, Tensor } from "../nest/nest.ts";
import type { PipelineBuffer, Stage } from "../nest/pipeline.ts";
import type { ConvGeometry } from "./conv_shape.ts";
import { buildStage, constantExpr, read, streamed } from "./stages.ts";

/** Where a nest reads a layer's input without leaving it. */
export interface InputSource {
  /** The buffer: `I` itself, or its padded copy `P`. */
  readonly name: string;
  /** Element type. */
  readonly dtype: NestDtype;
  /** Rows. */
  readonly height: number;
  /** Columns. */
  readonly width: number;
  /** The copy, if one is made. */
  readonly buffers: readonly PipelineBuffer[];
  /** The stages that make it. */
  readonly nodes: readonly Stage[];
}

/** What the reader of the input wants. */
export interface PaddedInputOptions {
  /** Element type; int8 may be widened to int16. Default: the input's own. */
  readonly dtype?: NestDtype;
  /** Rows that are read, padding included; default what the outputs read. */
  readonly height?: number;
  /** Columns that are read. */
  readonly width?: number;
  /** Default `nhwc`. */
  readonly layout?: "nhwc" | "nchw";
}

/**
 * The input with its padding around it, so that no inner loop has to ask whether it is inside. A copy
 * is made only where there is padding or a wider type is wanted.
 */
export function paddedInput(g: ConvGeometry, options: PaddedInputOptions = {}): InputSource {
  const { dtype = g.dtype, height = g.y.reach, width = g.x.reach, layout = "nhwc" } = options;
  const inside = g.y.before + g.x.before === 0 && height <= g.height && width <= g.width;
  if (inside && dtype === g.dtype) {
    return { name: "I", dtype, height: g.height, width: g.width, buffers: [], nodes: [] };
  }
  const planar = layout === "nchw";
  const plane = planar ? [g.inChannels] : [];
  const unit = planar ? 1 : g.inChannels;
  const input: Tensor = {
    name: "I",
    dtype: g.dtype,
    shape: [...plane, g.height, g.width * unit],
    role: "input",
  };
  const region = (name: string, size: Region, value: (index: Index) => Expr) => {
    const nest = defineNest({
      name,
      extents: { ...(planar && { p: g.inChannels }), r: size.rows, e: size.elements },
      tensors: [
        { name: "P", dtype, shape: [...plane, height, width * unit], role: "output" },
        ...(name === "fill" ? [] : [input]),
      ],
      body: {
        target: { tensor: "P", index: indexFrom(planar, size) },
        update: "set",
        value: value(indexFrom(planar, { top: 0, left: 0 })),
      },
    });
    return streamed(nest, "e");
  };
  const rows = Math.min(g.height, height - g.y.before);
  const columns = Math.min(g.width, width - g.x.before);
  const below = height - g.y.before - rows;
  const right = width - g.x.before - columns;
  const fill = (size: Region) =>
    size.rows === 0 || size.elements === 0
      ? []
      : [buildStage("fill the padding", region("fill", size, () => constantExpr(g.zeroPoint)))];
  const copied = { top: g.y.before, left: g.x.before * unit, rows, elements: columns * unit };
  const whole = { left: 0, elements: width * unit };
  const beside = { top: g.y.before, rows };
  return {
    name: "P",
    dtype,
    height,
    width,
    buffers: [{
      name: "P",
      dtype,
      shape: planar ? [...plane, height, width] : [height, width, unit],
      role: "scratch",
    }],
    nodes: [
      buildStage(
        inside ? `widen the input to ${dtype}` : "copy the input inside its padding",
        region("pad", copied, (index) => read("I", index)),
      ),
      ...fill({ ...whole, top: 0, rows: g.y.before }),
      ...fill({ ...whole, top: g.y.before + rows, rows: below }),
      ...fill({ ...beside, left: 0, elements: g.x.before * unit }),
      ...fill({ ...beside, left: (g.x.before + columns) * unit, elements: right * unit }),
    ],
  };
}

type Index = ReturnType<typeof indexFrom>;

interface Region {
  readonly top: number;
  readonly left: number;
  readonly rows: number;
  readonly elements: number;
}

function indexFrom(planar: boolean, { top, left }: Pick<Region, "top" | "left">) {
  return [...(planar ? [affine("p")] : []), affine("r", top), affine("e", left)];
}
