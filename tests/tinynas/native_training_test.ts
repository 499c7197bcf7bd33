// Training by native code: the same bits as by WebAssembly, whatever vectors the processor has.
import fc from "fast-check";
import {
  compareSearches,
  CompilerError,
  findCompiler,
  type NativeTarget,
  smallestGenes,
  splitData,
  type SupernetSpace,
  tableToRows,
  type TrainedSupernet,
  trainSupernet,
  type TrainSupernetOptions,
  tuneQuantized,
  wakeWordImages,
  wakeWordSpaces,
} from "tinyloom";
import { compileKernels } from "../../lib/native/kernel_library.ts";
import {
  BATCH_NORM_VECTORS,
  batchNormBackward,
  batchNormForward,
  batchStatistics,
} from "../../lib/tinynas/supernet/batch_norm.ts";
import {
  depthwiseBackward,
  depthwiseForward,
  depthwiseScratchFloats,
} from "../../lib/tinynas/supernet/depthwise_convolution.ts";
import {
  fullConvolutionBackward,
  fullConvolutionForward,
  fullConvolutionScratchFloats,
} from "../../lib/tinynas/supernet/full_convolution.ts";
import { trainingKernels } from "../../lib/tinynas/supernet/training_kernels.ts";
import {
  createTrainingMemory,
  type TrainingMemory,
} from "../../lib/tinynas/supernet/training_memory.ts";
import { assert, assertEquals, assertMatch } from "../assert.ts";
import { hasCommand } from "../deploy/c_programs.ts";
import { wavy } from "./finite_differences.ts";

const ignore = !hasCommand("cc");
const cache = Deno.makeTempDirSync();
globalThis.addEventListener("unload", () => Deno.removeSync(cache, { recursive: true }));

const INPUT_CHANNELS = 3;

/** This processor, and as if it had less; quickly compiled. */
const LESS = Deno.build.arch === "x86_64" ? ["-mavx2", "-msse4.1"] : [];
const FLAGS = ["-march=native", ...LESS].map((flag) => ["-O0", flag]);

Deno.test({
  name: "every kernel of training gives the same bits natively (needs cc)",
  ignore,
  fn: async () => {
    for (const target of await targets()) {
      const library = await compileKernels(
        (widest) => trainingKernels({ inputChannels: INPUT_CHANNELS, widest }),
        { target, cache },
      );
      using native = createTrainingMemory(SIZE_FLOATS, { library });
      const memories = [
        createTrainingMemory(SIZE_FLOATS, { inputChannels: INPUT_CHANNELS }),
        native,
      ];
      const called = new Set<string>();
      const watched = memories.map((memory) => ({
        ...memory,
        kernels: Object.fromEntries(
          Object.entries(memory.kernels).filter(([name]) => name in library.parameters)
            .map(([name, kernel]) => [name, (...given: number[]) => {
              called.add(name);
              kernel(...given);
            }]),
        ),
      }));
      for (const check of [products, convolutions, normalizations, elements, copies]) {
        check(watched);
      }
      assertEquals([...called].sort(), Object.keys(library.parameters).sort());
    }
  },
});

const SIZE_FLOATS = 1 << 17;
const VALUES = wavy(SIZE_FLOATS, 1);

/** Fills two memories alike, runs something in both, and compares all that they hold. */
function assertSame(
  memories: readonly TrainingMemory[],
  run: (memory: TrainingMemory, at: (floats: number) => number) => void,
): void {
  for (const memory of memories) {
    memory.floats.set(VALUES);
    let next = 0;
    run(memory, (floats) => {
      const address = 4 * next;
      next += Math.ceil(floats / 16) * 16;
      assert(next <= SIZE_FLOATS, `${next} floats`);
      return address;
    });
  }
  const [expected, found] = memories.map(({ floats }) => new Uint32Array(floats.buffer));
  const wrong = found.findIndex((bits, i) => bits !== expected[i]);
  if (wrong >= 0) throw new Error(`${found[wrong]} at ${wrong}, needed ${expected[wrong]}`);
}

const fours = (most: number) => fc.integer({ min: 1, max: most }).map((count) => 4 * count);
const whole = (min: number, max: number) => fc.integer({ min, max });
const settings = { seed: 67, numRuns: 25 };

function products(memories: readonly TrainingMemory[]): void {
  const shape = fc.record({ m: whole(1, 150), k: fours(12), n: fours(24), adds: whole(0, 1) });
  fc.assert(
    fc.property(shape, ({ m, k, n, adds }) =>
      assertSame(memories, ({ kernels }, at) => {
        const [a, b, c, d] = [m * k, k * n, m * n, k * n].map(at);
        kernels.multiply(a, 4 * k, b, 4 * n, c, 4 * n, m, k, n, adds);
        kernels.multiplyTransposed(a, 4 * k, c, 4 * n, d, 4 * n, k, m, n, adds);
        kernels.transpose(d, 4 * n, b, k, n);
      })),
    settings,
  );
}

function convolutions(memories: readonly TrainingMemory[]): void {
  const shape = fc.record({
    kernel: fc.constantFrom(3, 5, 7),
    stride: fc.constantFrom(1, 2),
    batch: whole(1, 3),
    inputRows: whole(1, 17),
    inputColumns: whole(1, 17),
    channels: fours(10),
    accumulates: fc.boolean(),
  });
  // Each filter and stride at least once.
  const examples = [3, 5, 7].flatMap((kernel) =>
    [1, 2].map((stride) => ({
      ...{ kernel, stride, batch: 2, inputRows: 19, inputColumns: 18 },
      ...{ channels: 28, accumulates: true },
    }))
  );
  fc.assert(
    fc.property(shape, (drawn) => {
      const { batch, inputRows, inputColumns, kernel, stride, channels, accumulates } = drawn;
      const [rows, columns] = [inputRows, inputColumns].map((side) => Math.ceil(side / stride));
      const line = { batch, inputRows, inputColumns, rows, columns, kernel, stride };
      const depthwise = { ...line, channels, largestKernel: 7, weightsStride: channels + 4 };
      const full = { ...line, channels, inputChannels: 4 };
      const [most, least] = [batch * inputRows * inputColumns, batch * rows * columns];
      assertSame(memories, (memory, at) => {
        const [x, dx, y, dy] = [most, most, least, least].map((count) => at(count * channels));
        const [weights, dWeights] = [1, 2].map(() => at(49 * 4 * (channels + 4)));
        const scratch = at(
          Math.max(depthwiseScratchFloats(depthwise), fullConvolutionScratchFloats(full)),
        );
        const buffers = { x, weights, dy, dWeights, dx, scratch, accumulates };
        depthwiseForward(memory, depthwise, { x, weights, y, scratch });
        depthwiseBackward(memory, depthwise, buffers);
        fullConvolutionForward(memory, full, { x, weights, y, scratch });
        fullConvolutionBackward(memory, full, buffers);
      });
    }),
    { ...settings, examples: examples.map((each) => [each]) },
  );
}

function normalizations(memories: readonly TrainingMemory[]): void {
  const shape = fc.record({
    rows: whole(1, 90),
    channels: fours(40),
    activation: fc.constantFrom("NONE" as const, "RELU6" as const),
    isConstant: fc.boolean(),
  });
  fc.assert(
    fc.property(shape, ({ isConstant, ...norm }) =>
      assertSame(memories, (memory, at) => {
        const { rows, channels } = norm;
        const [x, y, dy] = [1, 2, 3].map(() => at(rows * channels));
        const [gamma, beta, dGamma, dBeta, sums] = [1, 2, 3, 4, 5].map(() => at(channels));
        const vectors = at(BATCH_NORM_VECTORS * channels);
        const statistics = batchStatistics(memory, norm, { x, vectors });
        const buffers = { x, y, gamma, beta, vectors, statistics };
        batchNormForward(memory, norm, buffers);
        batchNormBackward(memory, norm, { ...buffers, isConstant, dy, dGamma, dBeta });
        memory.kernels.columnSums(y, sums, rows, 4 * channels);
        memory.kernels.fillRows(y, beta, rows, 4 * channels);
      })),
    settings,
  );
}

function elements(memories: readonly TrainingMemory[]): void {
  const scale = fc.double({ min: 0.001, max: 9, noNaN: true });
  const given = fc.record({ count: fours(40), scale, zero: whole(-128, 127) });
  fc.assert(
    fc.property(
      given,
      ({ count, scale, zero }) =>
        assertSame(memories, ({ kernels, floats }, at) => {
          const [a, b, c, d, e] = [1, 2, 3, 4, 5].map(() => at(count));
          // So that both limits of a ReLU6 are met.
          for (let i = 0; i < count; i++) floats[b / 4 + i] *= 9;
          const bytes = 4 * count;
          kernels.add(a, b, bytes);
          kernels.addRelu6(b, a, bytes);
          kernels.maskRelu6(a, b, bytes);
          kernels.addShare(c, b, bytes, scale);
          kernels.descend(c, d, e, bytes, scale, 0.9, 1e-4);
          kernels.roundToInt8(e, bytes, 1 / scale, scale, zero);
        }),
    ),
    settings,
  );
}

function copies(memories: readonly TrainingMemory[]): void {
  const shape = fc.record({ height: whole(1, 9), width: whole(1, 9), fours: whole(1, 4) });
  fc.assert(
    fc.property(shape, ({ height, width, fours }) =>
      assertSame(memories, ({ kernels }, at) => {
        const [from, to, image, patches] = [5000, 5000, 5000, 9000].map(at);
        const [row, pixel] = [1200, 128];
        const size = [height, width] as const;
        kernels.copyPixels(from, row, pixel, to, 64 * width, 64, ...size, 16 * fours);
        kernels.patches(image, 4 * INPUT_CHANNELS * (2 * width + 1), patches, ...size);
      })),
    settings,
  );
}

async function targets(): Promise<readonly NativeTarget[]> {
  const found: NativeTarget[] = [];
  for (const flags of FLAGS) {
    try {
      found.push(await findCompiler({ flags }));
    } catch (error) {
      // Processors of another kind know no such flag.
      if (!(error instanceof CompilerError)) throw error;
    }
  }
  return found;
}

const SPACE: SupernetSpace = {
  resolutions: [16],
  stem: 4,
  first: 8,
  stages: [
    { channels: 8, stride: 1, depths: [1, 2], block: "residual" },
    { channels: 20, stride: 2, depths: [1, 2] },
  ],
  kernels: [3, 5],
  expansions: [1, 3],
  head: 24,
  classes: 2,
};
const training: TrainSupernetOptions = {
  ...{ space: SPACE, images: 64, steps: 40, batch: 24, together: 2, workers: 1 },
};

Deno.test({
  name:
    "native trainings give the same parameters to the bit, and go on from each other (needs cc)",
  ignore,
  fn: async () => {
    const expected = await trainSupernet(training);
    assertEquals(await trainSupernet({ ...training, native: true }), expected);
    for (const native of [false, true]) {
      const resume = await half({ ...training, native });
      assertEquals(resume.step, 20);
      const gone = await trainSupernet({ ...training, native: !native, workers: 2, resume });
      assertEquals(gone, expected);
    }
  },
});

/** A training that is stopped in the middle. */
async function half(options: TrainSupernetOptions): Promise<TrainedSupernet> {
  const pause = new AbortController();
  return await trainSupernet({
    ...options,
    signal: pause.signal,
    onProgress: () => pause.abort(),
  });
}

Deno.test({
  name: "a network is tuned for int8 natively to the same bits (needs cc)",
  ignore,
  fn: async () => {
    const trained = await trainSupernet({ ...training, steps: 4 });
    const calibration = wakeWordImages({ seed: 2, count: 32, resolution: 16 });
    const options = { genes: smallestGenes(SPACE), calibration, images: 32, steps: 4, batch: 16 };
    assertEquals(
      await tuneQuantized(trained, { ...options, native: true }),
      await tuneQuantized(trained, options),
    );
  },
});

Deno.test({
  name: "a comparison finds the same natively, and goes on with what was not (needs cc)",
  ignore,
  fn: async () => {
    const states: string[] = [];
    const options = {
      data: splitData(wakeWordImages({ seed: 1, count: 120, resolution: 32 })),
      device: { name: "small", sramBytes: 16_384, flashBytes: 131_072 },
      spaces: wakeWordSpaces({ resolutions: [32], widths: [0.2], depths: [1] }),
      arms: ["largest"],
      baseline: "largest",
      seeds: [1],
      ...{ samples: 20, networks: 10, steps: 4, tuningSteps: 4, batch: 16 },
      ...{ searchImages: 16, calibrationImages: 16 },
    } as const;
    const expected = await compareSearches(options);
    const native = await compareSearches({
      ...options,
      native: true,
      onState: ({ problem }) => void states.push(problem),
    });
    assertEquals(tableToRows(native.table), tableToRows(expected.table));
    assertEquals(native.state, expected.state);
    assertEquals([...new Set(states)], [expected.state.problem]);
  },
});

Deno.test("without a compiler a native training says so, and others need no permission", async () => {
  const run = async (permissions: readonly string[], native: boolean) => {
    const process = new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--no-prompt", ...permissions, "-"],
      cwd: new URL("../../", import.meta.url),
      stdin: "piped",
      stderr: "piped",
      // Where no program is.
      env: { PATH: cache, NO_COLOR: "1" },
    }).spawn();
    const input = process.stdin.getWriter();
    await input.write(new TextEncoder().encode(
      `import { trainSupernet } from "tinyloom";
      await trainSupernet({ images: 8, steps: 1, batch: 4, native: ${native} });`,
    ));
    await input.close();
    const { code, stderr } = await process.output();
    return { code, text: new TextDecoder().decode(stderr) };
  };
  assertEquals(await run([], false), { code: 0, text: "" });
  const { code, text } = await run(["-A"], true);
  assertEquals(code, 1);
  assertMatch(text, /CompilerError: Found no C compiler: cc, gcc, clang cannot be run; install/);
});
