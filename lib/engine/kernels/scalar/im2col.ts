import type { Region, Value } from "../../../kernel/kernel.ts";
import type { KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { add, apply, constant, mul, sub } from "../../../kernel/values.ts";
import type { Numbers } from "./layer_numbers.ts";
import { constantOf, meetsPadding, type Pixels } from "./window_loops.ts";
import type { WindowNumbers } from "./window_layer.ts";

/** Where columns lie, and how the image is read. */
export interface ColumnsOf {
  readonly image: Region;
  readonly columns: Region;
  /** First byte of the first column. */
  readonly address: Value;
  readonly inputZero: Value;
  readonly unroll: number;
}

/**
 * The windows of some pixels one after the other as columns of int16, `[row][column][channel]`: the
 * image less its zero point, and zeros where padding is.
 */
export function im2colColumns(
  b: KernelBuilder,
  n: Numbers<WindowNumbers>,
  pixels: Pixels,
  { image, columns, address, inputZero, unroll }: ColumnsOf,
): void {
  const meets = meetsPadding(n);
  const to = b.let("to", address);
  const channels = constantOf(n.pixelBytes);
  const steps = channels === null ? 1 : Math.min(unroll, channels);
  const fill = (element: (offsetBytes: number) => Value, from: Value | null) => {
    const some = (count: number) => {
      for (let i = 0; i < count; i++) {
        const at = { region: columns, address: to, offsetBytes: 2 * i };
        b.store("i32.store16", at, element(i));
      }
      b.advance(to, 2 * count);
      if (from !== null) b.advance(from, count);
    };
    const rounds = channels === null ? n.pixelBytes : Math.floor(channels / steps);
    b.for("c", { until: rounds }, () => some(steps));
    if (channels !== null && channels % steps > 0) some(channels % steps);
  };
  for (let p = 0; p < pixels.count; p++) {
    const column = add(pixels.column, mul(n.strideW, p));
    const x = add(pixels.x, mul(mul(n.strideW, p), n.pixelBytes));
    b.for("kh", { until: n.kernelHeight }, (kh) => {
      b.for("kw", { until: n.kernelWidth }, (kw) => {
        const [down, right] = [mul(kh, n.dilationH), mul(kw, n.dilationW)];
        const copy = () => {
          const offset = add(mul(down, n.lineBytes), mul(right, n.pixelBytes));
          const from = b.let("from", add(x, offset));
          fill((i) => {
            const value = b.load("i32.load8_s", { region: image, address: from, offsetBytes: i });
            return sub(value, inputZero);
          }, from);
        };
        const inside = insideImage(n, meets, {
          row: add(pixels.row, down),
          column: add(column, right),
        });
        if (inside === null) copy();
        else b.if(inside, copy, () => fill(() => constant(0), null));
      });
    });
  }
}

/** Whether a pixel is on the image; null if all are, as far as this window's go. */
export function insideImage(
  n: Numbers<WindowNumbers>,
  meets: { readonly rows: boolean; readonly columns: boolean },
  { row, column }: { readonly row: Value; readonly column: Value },
): Value | null {
  const tests = [
    ...meets.rows ? [apply("i32.lt_u", [row, n.inputHeight])] : [],
    ...meets.columns ? [apply("i32.lt_u", [column, n.inputWidth])] : [],
  ];
  if (tests.length === 0) return null;
  return tests.length === 1 ? tests[0] : apply("i32.and", tests);
}
