import type { KernelCode, Region, Value } from "../../../kernel/kernel.ts";
import { type KernelBuilder, start } from "../../../kernel/kernel_builder.ts";
import { add, apply, choose } from "../../../kernel/values.ts";
import { outputPixels, type SlidingWindow } from "../../../plan/sliding_window.ts";
import type { Layer } from "../../layer.ts";
import { roleOf } from "./regions.ts";
import { runFunction } from "./run_function.ts";

/** Rows of results that wait until the rows of the image in their place are read. */
export interface HeldRows {
  /** Where the next row is to be stored. */
  readonly slot: Value;
  /** Called when it is: `y` is its place. */
  readonly push: (y: Value) => void;
  /** Stores those that are left. */
  readonly drain: () => void;
  readonly code: KernelCode;
}

/**
 * Rows that must be held back where every row of the output takes the place of a row of the input of
 * the same size; 0 where that is not so.
 */
export function heldRowCount(
  { inputs: [input], outputs: [output], step, call }: Layer,
  window: SlidingWindow,
): number {
  const { strideH, strideW, inputHeight, outputHeight, inputWidth, outputWidth, batches } = window;
  const isSame = strideH === 1 && strideW === 1 && inputHeight === outputHeight &&
    inputWidth === outputWidth && batches === 1 && call === null &&
    input!.region.space === output.region.space &&
    input!.region.offsetBytes === output.region.offsetBytes &&
    window.inputPixelBytes === window.outputPixelBytes;
  if (!isSame) return 0;
  const last = (window.kernelHeight - 1) * window.dilationH - window.top;
  return step.direction === "reverse" ? last : window.top;
}

/** A ring of one row more than are held back. */
export function heldRows(
  b: KernelBuilder,
  { layer, window, held, rows, isReverse }: {
    readonly layer: Layer;
    readonly window: SlidingWindow;
    readonly held: Region;
    readonly rows: number;
    readonly isReverse: boolean;
  },
): HeldRows {
  const { outputs: [output], library } = layer;
  const rowBytes = window.outputWidth * window.outputPixelBytes;
  const code = library.share(
    runFunction(rowBytes, {
      input: roleOf("held", held),
      columns: roleOf("output", output.region),
      vectors: layer.target === "helium",
    }),
    `row${rowBytes}`,
  );
  const slot = b.let("slot", start(held));
  const waiting = b.let("waiting", rows);
  const step = isReverse ? -rowBytes : rowBytes;
  const end = start(held, (rows + 1) * rowBytes);
  const next = () => {
    b.advance(slot, rowBytes);
    b.set(slot, choose(apply("i32.eq", [slot, end]), start(held), slot));
  };
  const release = (y: Value) => b.call(code.name, [slot, y, add(y, rowBytes), 0, rowBytes]);
  const height = window.outputHeight;
  return {
    slot,
    push: (y) => {
      next();
      b.if(
        apply("i32.eqz", [waiting]),
        () => release(b.let("due", add(y, -rows * step))),
        () => b.advance(waiting, -1),
      );
    },
    drain: () => {
      const left = Math.min(rows, height);
      const first = isReverse ? left - 1 : height - left;
      const due = b.let("due", start(output.region, first * rowBytes));
      if (height < rows + 1) b.set(slot, start(held));
      else next();
      b.for("left", { until: left }, () => {
        release(due);
        next();
        b.advance(due, step);
      });
    },
    code,
  };
}

/**
 * Holds the last finished pixels of four channels back in the plan's ring, a word each. `push` takes
 * so many pixels that lie in `held`, the first of which belongs to `y`; `drain` stores those that
 * are left.
 */
export function heldPixels(
  b: KernelBuilder,
  { layer, window, held, first, isReverse }: {
    readonly layer: Layer;
    readonly window: SlidingWindow;
    readonly held: Region;
    /** Byte of a pixel at which the channels begin. */
    readonly first: Value;
    readonly isReverse: boolean;
  },
): { readonly push: (y: Value, count: number) => void; readonly drain: () => void } {
  const { step: { delayPixels: delay }, outputs: [{ region: output }] } = layer;
  const ring = layer.ring!;
  const pixelBytes = window.outputPixelBytes;
  const step = isReverse ? -pixelBytes : pixelBytes;
  const end = start(ring, 4 * delay);
  const slot = b.let("slot", start(ring));
  const left = b.let("left", delay);
  const next = () => {
    b.advance(slot, 4);
    b.set(slot, choose(apply("i32.eq", [slot, end]), start(ring), slot));
  };
  const release = (y: Value) => {
    const word = b.let("word", b.load("i32.load", { region: ring, address: slot }));
    b.store("i32.store", { region: output, address: y }, word);
  };
  return {
    push: (y, count) => {
      const due = b.let(
        "due",
        add(y, (isReverse ? (count - 1) * pixelBytes : 0) - delay * step),
      );
      const from = b.let("from", start(held, isReverse ? 4 * (count - 1) : 0));
      b.for("pixel", { until: count }, () => {
        const word = b.let("finished", b.load("i32.load", { region: held, address: from }));
        b.if(
          apply("i32.eqz", [left]),
          () => release(due),
          () => b.set(left, add(left, -1)),
        );
        b.store("i32.store", { region: ring, address: slot }, word);
        next();
        b.advance(due, step);
        b.advance(from, isReverse ? -4 : 4);
      });
    },
    drain: () => {
      const pixels = outputPixels(window);
      const waiting = Math.min(delay, pixels);
      if (pixels < delay) b.set(slot, start(ring));
      const from = isReverse ? waiting - 1 : pixels - waiting;
      const due = b.let("due", add(add(start(output), first), from * pixelBytes));
      b.for("waiting", { until: waiting }, () => {
        release(due);
        next();
        b.advance(due, step);
      });
    },
  };
}
