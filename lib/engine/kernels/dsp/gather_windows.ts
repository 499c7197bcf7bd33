import type { KernelCode, Region, Value } from "../../../kernel/kernel.ts";
import { type KernelBuilder, start } from "../../../kernel/kernel_builder.ts";
import { add, mul } from "../../../kernel/values.ts";
import type { Layer } from "../../layer.ts";
import { type IndexRange, rangeOf } from "../walk/index_range.ts";
import type { OpenKernel } from "../walk/open_kernel.ts";
import type { PixelTile } from "../walk/window_walk.ts";
import type { ConvNumbers } from "./conv_numbers.ts";
import { roleOf } from "./regions.ts";
import { fillFunction, recordByteCopy, runFunction } from "./run_function.ts";

/** Lays windows out one after the other. */
export interface WindowGather {
  /** Bytes from window to window. */
  readonly pixelBytes: number;
  /** Those of some pixels of a tile. */
  readonly emit: (
    tile: PixelTile,
    part: { readonly pixels: number; readonly at: number },
  ) => void;
  /** Functions that are called, known when everything is emitted. */
  readonly code: () => readonly KernelCode[];
}

/** The code that does so for a layer. */
export function windowGather(
  layer: Layer,
  { kernel: { b }, numbers: { window, depth, inputZero }, columns }: {
    readonly kernel: OpenKernel;
    readonly numbers: ConvNumbers;
    readonly columns: Region;
  },
): WindowGather {
  const { kernelHeight, kernelWidth, strideW, dilationW, left, inputWidth } = window;
  const channels = window.inputPixelBytes;
  const pixelBytes = Math.ceil(depth / 4) * 4;
  const rowBytes = kernelWidth * channels;
  const { copyRuns, fill, used } = prepareRuns(layer, {
    b,
    columns,
    inputZero,
    pixelBytes,
    strideBytes: strideW * channels,
  });

  const emit: WindowGather["emit"] = (tile, { pixels, at }) => {
    const { rows, firstColumn } = tile;
    const all = Array.from({ length: pixels }, (_, p) => at + p);
    const missing = (range: IndexRange) => {
      b.for("kh_missing", { from: range.from, until: range.until }, (kh) => {
        all.forEach((_, p) =>
          fill(add(start(columns, p * pixelBytes), mul(kh, rowBytes)), rowBytes)
        );
      });
    };
    if (!isWhole(rows)) {
      missing({ from: rangeOf(0, 0).from, until: rows.from });
      missing({ from: rows.until, until: rangeOf(0, kernelHeight).until });
    }
    const x = b.let("x_row", tile.x);
    const goOn = tile.mover(x);
    b.for("kh", { from: rows.from, until: rows.until }, (kh) => {
      const to = b.let("to", add(start(columns), mul(kh, rowBytes)));
      if (firstColumn === null && dilationW === 1) {
        copyRuns({ runBytes: rowBytes, x: add(x, at * strideW * channels), to, count: pixels });
      } else {
        all.forEach((pixel, p) => {
          const begin = firstColumn === null ? null : (firstColumn + pixel) * strideW - left;
          const has = (kw: number) => {
            const column = begin === null ? 0 : begin + kw * dilationW;
            return column >= 0 && column < inputWidth;
          };
          const base = p * pixelBytes;
          for (let kw = 0; kw < kernelWidth;) {
            let until = kw + 1;
            const joins = dilationW === 1 || !has(kw);
            while (joins && until < kernelWidth && has(until) === has(kw)) until++;
            const place = add(to, base + kw * channels);
            const bytes = (until - kw) * channels;
            if (has(kw)) {
              const from = add(x, (pixel * strideW + kw * dilationW) * channels);
              copyRuns({ runBytes: bytes, x: from, to: place, count: 1 });
            } else fill(place, bytes);
            kw = until;
          }
        });
      }
      goOn();
    });
  };
  return { pixelBytes, emit, code: () => [...used] };

  function isWhole({ from, until }: IndexRange): boolean {
    return from.kind === "constant" && from.value === 0 && until.kind === "constant" &&
      until.value === kernelHeight;
  }
}

/** What copies runs of the image into columns, and fills what lies beside it. */
function prepareRuns(
  { inputs: [input], library, target }: Layer,
  { b, columns, inputZero, pixelBytes, strideBytes }: {
    readonly b: KernelBuilder;
    readonly columns: Region;
    readonly inputZero: number;
    readonly pixelBytes: number;
    /** Bytes of the image from window to window. */
    readonly strideBytes: number;
  },
) {
  const regions = {
    input: roleOf("input", input!.region),
    columns: roleOf("columns", columns),
  };
  const used = new Set<KernelCode>();
  const vectors = target === "helium";
  const copyRuns = (
    { runBytes, x, to, count }: {
      readonly runBytes: number;
      readonly x: Value;
      readonly to: Value;
      readonly count: number;
    },
  ) => {
    if (runBytes === 0) return;
    if (count === 1 && runBytes <= 8) {
      const [from, into] = [b.let("from", x), b.let("into", to)];
      const inner = { input: input!.region, columns };
      return recordByteCopy(b, { ...inner, from, to: into, bytes: runBytes });
    }
    const code = library.share(runFunction(runBytes, { ...regions, vectors }), `run${runBytes}`);
    used.add(code);
    b.call(code.name, [x, to, add(to, count * pixelBytes), strideBytes, pixelBytes]);
  };
  const fill = (to: Value, bytes: number) => {
    const byte = inputZero & 0xff;
    if (vectors && bytes >= 16 && bytes % 8 === 0) {
      const code = library.share(fillFunction(bytes, regions.columns), `fill${bytes}`);
      used.add(code);
      return b.call(code.name, [to, byte * 0x01010101 | 0]);
    }
    const into = b.let("into", to);
    const store = (op: "i32.store" | "i32.store8", size: number, value: number) => {
      b.store(op, { region: columns, address: into }, value);
      b.advance(into, size);
    };
    b.for(
      "word",
      { until: Math.floor(bytes / 4) },
      () => store("i32.store", 4, byte * 0x01010101 | 0),
    );
    for (let i = 0; i < bytes % 4; i++) store("i32.store8", 1, byte);
  };
  return { copyRuns, fill, used };
}

/** Some neighbouring pixels of a tile. */
export interface TilePart<Pixels extends number> {
  readonly pixels: Pixels;
  /** The first one's place in the tile. */
  readonly at: number;
}

/**
 * A tile of `count` pixels in parts of as many pixels as there are functions for: the largest of
 * `sizes` (falling, down to 1) that is left, first to last.
 */
export function tileParts<Pixels extends number>(
  count: number,
  sizes: readonly Pixels[],
): readonly TilePart<Pixels>[] {
  const parts: TilePart<Pixels>[] = [];
  for (let at = 0; at < count;) {
    const pixels = sizes.find((size) => size <= count - at)!;
    parts.push({ pixels, at });
    at += pixels;
  }
  return parts;
}
