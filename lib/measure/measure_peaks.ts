import { checkOptions } from "../check_arguments.ts";
import { encodeKernels } from "../codegen/wasm/encode_module.ts";
import type { Region, Value } from "../kernel/kernel.ts";
import { KernelBuilder, loadOf, start } from "../kernel/kernel_builder.ts";
import type { Opcode } from "../kernel/opcode.ts";
import { apply, vectorOfI32 } from "../kernel/values.ts";
import type { Timed } from "./timed_nest.ts";

/**
 * What one core of this machine does at best in WebAssembly, measured.
 *
 * @category Measurement
 */
export interface MachinePeaks {
  /** float32 multiply-accumulates, fused, in 10^9 a second. */
  readonly fmaGmacPerS: number;
  /** float32 multiply-accumulates as two instructions, in 10^9 a second. */
  readonly mulAddGmacPerS: number;
  /** int16 pairs multiplied and added into int32, in 10^9 multiply-accumulates a second. */
  readonly dotGmacPerS: number;
  /**
   * int8 quadruples multiplied and added into int32 by `i32x4.relaxed_dot_i8x16_i7x16_add_s`, in
   * 10^9 multiply-accumulates a second.
   */
  readonly relaxedDotGmacPerS: number;
  /** 10^9 bytes loaded a second from 16 KiB, 512 KiB and 64 MiB, read again and again. */
  readonly loadGBPerS: { readonly l1: number; readonly l2: number; readonly memory: number };
}

/**
 * How long to measure.
 *
 * @category Measurement
 */
export interface MeasurePeaksOptions {
  /** Time for each figure, default 60 ms. */
  readonly budgetMs?: number;
}

const arithmetic = {
  fma: { lanes: 4, registers: 12, type: "f32x4" },
  mulAdd: { lanes: 4, registers: 10, type: "f32x4" },
  dot: { lanes: 8, registers: 10, type: "i32x4" },
  relaxedDot: { lanes: 16, registers: 12, type: "i32x4" },
} as const;

// What a pass does besides its products must not show: it takes the same units.
const repeats = 16;
const resultBytes = 16;
const shared = 2;
const kib = 1024;
const pageBytes = 64 * kib;

/**
 * Measures the roof under which every kernel of this machine stays: independent vector operations
 * on registers, and loads from memory of three sizes. The fastest of many short runs counts.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { measurePeaks } from "tinyloom";
 *
 * const peaks = measurePeaks({ budgetMs: 5 });
 * assert.ok(peaks.fmaGmacPerS > 0 && peaks.loadGBPerS.l1 > 0);
 * ```
 *
 * @category Measurement
 */
export function measurePeaks(options: MeasurePeaksOptions = {}): MachinePeaks {
  checkOptions("measurePeaks", options, "budgetMs");
  const { budgetMs = 60 } = options;
  const rate = (kind: keyof typeof arithmetic): number => {
    const { lanes, registers } = arithmetic[kind];
    const perPass = lanes * registers * repeats;
    return perNanosecond(started(arithmeticLoop(kind)), { perPass, times: 2_000, budgetMs });
  };
  const load = (sizeBytes: number): number => {
    const times = Math.max(1, (256 * kib) / sizeBytes);
    return perNanosecond(started(loadLoop(sizeBytes)), { perPass: sizeBytes, times, budgetMs });
  };
  return {
    fmaGmacPerS: rate("fma"),
    mulAddGmacPerS: rate("mulAdd"),
    dotGmacPerS: rate("dot"),
    relaxedDotGmacPerS: rate("relaxedDot"),
    loadGBPerS: {
      l1: load(16 * kib),
      l2: load(512 * kib),
      memory: load(64 * kib * kib),
    },
  };
}

/** A module whose function `run` makes as many passes as asked. */
interface Loop {
  readonly wasm: Uint8Array<ArrayBuffer>;
  readonly memoryPages: number;
}

/** Multiplies and adds, as fast as it goes. */
export function arithmeticLoop(kind: keyof typeof arithmetic): Loop {
  const { registers, type } = arithmetic[kind];
  return loop(1, (builder, memory) => {
    // From memory, or what is known beforehand could be computed beforehand.
    const factors = Array.from({ length: isSeparate(kind) ? shared : 1 }, (_, index) => {
      const address = start(memory, resultBytes * (1 + index));
      return builder.let("factor", loadOf("v128.load", { region: memory, address }));
    });
    const loaded = builder.let("loaded", vectorOfI32(0));
    const sums = variables(builder, "sum", registers);
    const once = () => {
      for (let repeat = 0; repeat < repeats; repeat++) {
        sums.forEach((sum, index) => {
          const factor = factors[index % factors.length];
          if (!isSeparate(kind)) {
            builder.set(sum, apply(fused[kind], [factor, factor, sum]));
            return;
          }
          const at = repeat * registers + index;
          // Two sums share a factor from memory, so that products differ and loads do not bind.
          if (at % shared === 0) {
            const address = start(memory, resultBytes + at * resultBytes);
            builder.set(loaded, loadOf("v128.load", { region: memory, address }));
          }
          builder.set(sum, apply(`${type}.add`, [apply(products[kind], [factor, loaded]), sum]));
        });
      }
      // Factors change from pass to pass, or all products could be computed before the loop.
      for (const factor of isSeparate(kind) ? factors : []) {
        builder.set(factor, apply(`${type}.add`, [factor, loaded]));
      }
    };
    return { once, sums, sumUp: `${type}.add` };
  });
}

const fused = {
  fma: "f32x4.relaxed_madd",
  relaxedDot: "i32x4.relaxed_dot_i8x16_i7x16_add_s",
} as const;

const products = { mulAdd: "f32x4.mul", dot: "i32x4.dot_i16x8_s" } as const;

function isSeparate(kind: keyof typeof arithmetic): kind is keyof typeof products {
  return kind in products;
}

/** Reads so many bytes from the first to the last. */
export function loadLoop(sizeBytes: number): Loop {
  return loop(Math.max(1, sizeBytes / pageBytes), (builder, region) => {
    const sums = variables(builder, "sum", 8);
    const step = sums.length * resultBytes;
    const once = () => {
      builder.for("address", { until: sizeBytes, step }, (address) => {
        sums.forEach((sum, index) => {
          const offsetBytes = index * resultBytes;
          const loaded = loadOf("v128.load", { region, address, offsetBytes });
          builder.set(sum, apply("i32x4.add", [sum, loaded]));
        });
      });
    };
    return { once, sums, sumUp: "i32x4.add" };
  });
}

/** What a loop does in each pass, and what it leaves. */
interface Pass {
  readonly once: () => void;
  /** Added up by `sumUp`, they depend on everything that was done. */
  readonly sums: readonly Value[];
  readonly sumUp: Opcode;
}

// A function that makes as many passes as asked and stores a result that depends on all of them.
function loop(
  memoryPages: number,
  build: (builder: KernelBuilder, memory: Region) => Pass,
): Loop {
  const sizeBytes = memoryPages * pageBytes;
  const region: Region = {
    name: "memory",
    space: "memory",
    offsetBytes: 0,
    sizeBytes,
    check: null,
  };
  const builder = new KernelBuilder();
  const times = builder.parameter("times");
  const { once, sums, sumUp } = build(builder, region);
  builder.goOn(times, { until: 0, step: -1, atLeastOnce: true }, once);
  const total = sums.reduce((sum, next) => apply(sumUp, [sum, next]));
  builder.store("v128.store", { region, address: start(region) }, total);
  return { wasm: encodeKernels([builder.finish("run")], { memoryPages }), memoryPages };
}

function started({ wasm, memoryPages }: Loop): (times: number) => void {
  const memory = new WebAssembly.Memory({ initial: memoryPages, maximum: memoryPages });
  // Memory that was never written is one page of zeros, however large it looks; and products of
  // very small numbers would be slow.
  new Float32Array(memory.buffer).fill(1);
  const instance = new WebAssembly.Instance(new WebAssembly.Module(wasm), { kernel: { memory } });
  return instance.exports.run as (times: number) => void;
}

function variables(builder: KernelBuilder, name: string, count: number): readonly Value[] {
  return Array.from({ length: count }, () => builder.let(name, vectorOfI32(0)));
}

/** Most units of work done in a nanosecond, over runs of `times` passes until the time is up. */
export function perNanosecond(
  run: (times: number) => void,
  { perPass, times, budgetMs }: {
    readonly perPass: number;
    readonly times: number;
    readonly budgetMs: number;
  },
): number {
  const end = performance.now() + budgetMs;
  let best = 0;
  for (let call = 0; call < 50 || performance.now() < end; call++) {
    const startMs = performance.now();
    run(times);
    best = Math.max(best, (perPass * times) / ((performance.now() - startMs) * 1e6));
    if (call > 2 && performance.now() > end + 10 * budgetMs) break;
  }
  return best;
}

/** What the machine could do at best for work like this, in 10^9 MACs a second; null if unknown. */
export function machinePeakOf(
  timed: Timed,
  { peaks, fma }: { readonly peaks: MachinePeaks | undefined; readonly fma: boolean },
): number | null {
  if (!peaks) return null;
  if (timed.dtype === "i8") return peaks.dotGmacPerS * timed.threads;
  if (timed.dtype === "f32") {
    return (fma ? peaks.fmaGmacPerS : peaks.mulAddGmacPerS) * timed.threads;
  }
  return null;
}
