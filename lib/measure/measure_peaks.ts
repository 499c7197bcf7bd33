import { encodeModule } from "../codegen/wasm/encode_module.ts";
import { FunctionWriter } from "../codegen/wasm/function_writer.ts";
import type { Opcode } from "../kernel/instructions.ts";

/** What one core of this machine does at best in WebAssembly, measured. */
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

/** How long to measure. */
export interface MeasurePeaksOptions {
  /** Time for each figure, default 60 ms. */
  readonly budgetMs?: number;
}

const arithmetic = {
  fma: { lanes: 4, registers: 12, type: "f32x4" },
  mulAdd: { lanes: 4, registers: 8, type: "f32x4" },
  dot: { lanes: 8, registers: 8, type: "i32x4" },
  relaxedDot: { lanes: 16, registers: 12, type: "i32x4" },
} as const;

const repeats = 4;
const resultBytes = 16;
const shared = 4;
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
 */
export function measurePeaks(options: MeasurePeaksOptions = {}): MachinePeaks {
  const { budgetMs = 60 } = options;
  const rate = (kind: keyof typeof arithmetic): number => {
    const { lanes, registers } = arithmetic[kind];
    return perNanosecond(arithmeticLoop(kind), lanes * registers * repeats, 2_000, budgetMs);
  };
  const load = (sizeBytes: number): number =>
    perNanosecond(loadLoop(sizeBytes), sizeBytes, Math.max(1, (256 * kib) / sizeBytes), budgetMs);
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

type Loop = (times: number) => void;

function arithmeticLoop(kind: keyof typeof arithmetic): Loop {
  const { registers, type } = arithmetic[kind];
  return loop(1, (writer) => {
    const factors = Array.from({ length: shared }, () => writer.local("v128"));
    const loaded = writer.local("v128");
    const sums = Array.from({ length: registers }, () => writer.local("v128"));
    return {
      body: () => {
        for (let repeat = 0; repeat < repeats; repeat++) {
          sums.forEach((sum, index) => {
            const factor = factors[index % factors.length];
            if (isSeparate(kind)) {
              const at = repeat * registers + index;
              separateStep(writer, kind, { factor, loaded, sum, at });
            } else fusedStep(writer, fused[kind], { factor, sum });
          });
        }
        // Factors change from pass to pass, or all products could be computed before the loop.
        for (const factor of isSeparate(kind) ? factors : []) {
          writer.get(factor);
          writer.get(loaded);
          writer.op(`${type}.add`);
          writer.set(factor);
        }
      },
      result: () => addAll(writer, sums, `${type}.add`),
    };
  });
}

const fused = {
  fma: "f32x4.relaxed_madd",
  relaxedDot: "i32x4.relaxed_dot_i8x16_i7x16_add_s",
} as const;

function isSeparate(kind: keyof typeof arithmetic): kind is "mulAdd" | "dot" {
  return !(kind in fused);
}

function fusedStep(
  writer: FunctionWriter,
  op: Opcode,
  { factor, sum }: { readonly factor: number; readonly sum: number },
): void {
  writer.get(factor);
  writer.get(factor);
  writer.get(sum);
  writer.op(op);
  writer.set(sum);
}

// Four sums share a factor from memory, as in a matrix product with four rows.
function separateStep(
  writer: FunctionWriter,
  kind: "mulAdd" | "dot",
  { factor, loaded, sum, at }: {
    readonly factor: number;
    readonly loaded: number;
    readonly sum: number;
    readonly at: number;
  },
): void {
  if (at % shared === 0) {
    writer.i32(resultBytes + at * resultBytes);
    writer.memory("v128.load", 0);
    writer.set(loaded);
  }
  writer.get(factor);
  writer.get(loaded);
  writer.op(kind === "dot" ? "i32x4.dot_i16x8_s" : "f32x4.mul");
  writer.get(sum);
  writer.op(kind === "dot" ? "i32x4.add" : "f32x4.add");
  writer.set(sum);
}

function loadLoop(sizeBytes: number): Loop {
  return loop(Math.max(1, sizeBytes / pageBytes), (writer) => {
    const sums = Array.from({ length: 8 }, () => writer.local("v128"));
    const address = writer.local("i32");
    return {
      body: () => {
        writer.i32(0);
        writer.set(address);
        writer.block("loop");
        sums.forEach((sum, index) => {
          writer.get(sum);
          writer.get(address);
          writer.memory("v128.load", index * resultBytes);
          writer.op("i32x4.add");
          writer.set(sum);
        });
        writer.get(address);
        writer.i32(sums.length * resultBytes);
        writer.op("i32.add");
        writer.tee(address);
        writer.i32(sizeBytes);
        writer.op("i32.lt_u");
        writer.branch("br_if", 0);
        writer.end();
      },
      result: () => addAll(writer, sums, "i32x4.add"),
    };
  });
}

// A function that runs `body` as often as asked and stores a result that depends on all of it.
function loop(
  memoryPages: number,
  build: (writer: FunctionWriter) => { readonly body: () => void; readonly result: () => void },
): Loop {
  const times = 0;
  const writer = new FunctionWriter(["i32"]);
  const { body, result } = build(writer);
  writer.block("loop");
  body();
  writer.get(times);
  writer.i32(1);
  writer.op("i32.sub");
  writer.tee(times);
  writer.branch("br_if", 0);
  writer.end();
  writer.i32(0);
  result();
  writer.memory("v128.store", 0);
  const wasm = encodeModule({
    memoryPages,
    shared: false,
    functions: [{ export: "run", parameters: writer.parameters, body: writer.finish() }],
  });
  const memory = new WebAssembly.Memory({ initial: memoryPages, maximum: memoryPages });
  // Memory that was never written is one page of zeros, however large it looks; and products of
  // very small numbers would be slow.
  new Float32Array(memory.buffer).fill(1);
  const instance = new WebAssembly.Instance(new WebAssembly.Module(wasm), { kernel: { memory } });
  return instance.exports.run as Loop;
}

function addAll(writer: FunctionWriter, sums: readonly number[], add: Opcode): void {
  writer.get(sums[0]);
  for (const sum of sums.slice(1)) {
    writer.get(sum);
    writer.op(add);
  }
}

// Most units of work done in a nanosecond, over runs of `times` passes until the time is up.
function perNanosecond(run: Loop, perPass: number, times: number, budgetMs: number): number {
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
