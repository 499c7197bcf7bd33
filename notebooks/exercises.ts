// Checkers for lesson 20, those of models; loop_exercises.ts has those of loops. Each tells a right answer from a wrong one and says what is wrong, without
// giving the answer away. Solutions are in examples/solutions.
import { createEngine, randomFrame, run, runReference } from "../lib/engine/mod.ts";
import { formatCount } from "../lib/measure/mod.ts";
import {
  multiplyByQuantizedMultiplier,
  publishedRuns,
  quantizeMultiplier,
  zoo,
  type ZooOptions,
} from "../lib/model/mod.ts";
import {
  type Plan,
  planMemory,
  type PlanOptions,
  ramBytesOf,
  validatePlan,
} from "../lib/plan/mod.ts";

/** What a checker says. */
export interface Verdict {
  readonly right: boolean;
  readonly because: string;
}

export const right = (because: string): Verdict => ({ right: true, because });
export const wrong = (because: string): Verdict => ({ right: false, because });

/** Of the library's errors the text: an impossible answer is a wrong one. */
export function answered(check: () => Verdict): Verdict {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return wrong(`${error.name}: ${error.message}`);
  }
}

/** 20 KiB of RAM for a network that sees whether a person is in the image. */
const RAM_BYTES = 20 * 1024;
const LEAST_PERCENT = 87;

/** Exercise 1: a network of the zoo, and a plan for it, for a small memory. */
export function networkFor20Kilobytes(answer: {
  readonly model: string;
  readonly options?: ZooOptions;
  readonly plan?: PlanOptions;
}): Verdict {
  return answered(() => {
    const { model: name, options, plan: planOptions } = answer;
    const published = publishedRuns.filter(({ model, task }) =>
      model === name && task === "Visual Wake Words"
    ).map(({ top1Percent }) => top1Percent ?? 0);
    if (published.length === 0) {
      return wrong(`${name} has no published accuracy on visual wake words`);
    }
    const percent = Math.max(...published);
    if (percent < LEAST_PERCENT) {
      return wrong(`${name} is right in ${percent} %, needed at least ${LEAST_PERCENT} %`);
    }
    if (options?.resolution !== undefined || options?.classes !== undefined) {
      return wrong("the published accuracy is that of the published network: leave its size alone");
    }
    const model = zoo(name, options);
    const plan = planMemory(model, planOptions);
    const findings = validatePlan(plan, model);
    if (findings.length > 0) return wrong(`the plan is not valid: ${findings[0].message}`);
    const outside = plan.external.reduce(
      (sum, tensor) => sum + model.tensors[tensor].shape.reduce((a, b) => a * b, 1),
      0,
    );
    const bytes = ramBytesOf(plan) + outside;
    if (bytes > RAM_BYTES) {
      return wrong(
        `${formatCount(bytes)} B with all inputs, ${formatCount(bytes - RAM_BYTES)} B too many`,
      );
    }
    const frame = randomFrame(model);
    using engine = createEngine(model, { plan });
    const isSame = String(run(engine, frame)) === String(runReference(model, frame).outputs);
    return isSame
      ? right(`${name} runs in ${formatCount(bytes)} B and computes what the reference does`)
      : wrong("it computes something else than the reference");
  });
}

/**
 * A validator with a hole, for exercise 2: buffers that are alive together must not share bytes, unless
 * the plan says that they may.
 */
export function trustingValidator(plan: Plan): string[] {
  const found: string[] = [];
  plan.buffers.forEach((a, i) => {
    for (const b of plan.buffers.slice(i + 1)) {
      const together = a.from < b.until && b.from < a.until;
      const overlap = a.offsetBytes < b.offsetBytes + b.sizeBytes &&
        b.offsetBytes < a.offsetBytes + a.sizeBytes;
      const claimed = [a, b].some(({ shares }, side) =>
        shares.some(({ buffer }) => buffer === (side === 0 ? b.id : a.id))
      );
      if (together && overlap && !claimed) found.push(`${a.id} and ${b.id} share bytes`);
    }
    if (a.offsetBytes < 0 || a.offsetBytes + a.sizeBytes > plan.peakBytes) {
      found.push(`${a.id} lies outside of the arena`);
    }
  });
  return found;
}

/** The network whose plan is to be spoiled. */
export const spoiledModel = zoo("mlperf-tiny-kws");

/** Exercise 2: a plan that `trustingValidator` believes, and that destroys data. */
export function planThatLies(plan: Plan): Verdict {
  return answered(() => {
    const honest = planMemory(spoiledModel);
    const bare = ({ buffers, ...rest }: Plan) =>
      JSON.stringify({
        ...rest,
        buffers: buffers.map((buffer) => ({ ...buffer, offsetBytes: 0, shares: [] })),
      });
    if (bare(plan) !== bare(honest)) {
      return wrong("something else was changed than where buffers lie and what they share");
    }
    const doubts = trustingValidator(plan);
    if (doubts.length > 0) return wrong(`the trusting validator noticed: ${doubts[0]}`);
    const findings = validatePlan(plan, spoiledModel);
    if (findings.length === 0) {
      return wrong("the plan is honest: byte by byte nothing is destroyed");
    }
    return right(`believed, and false: ${findings[0].message}`);
  });
}

/** Exercise 4: `round(x * multiplier * 2 ** (shift - 31))` exactly as the engine rounds. */
export function requantize(
  yours: (x: number, factor: { readonly multiplier: number; readonly shift: number }) => number,
): Verdict {
  const factors = [0.5, 0.25, 0.0123, 1 / 3, 1, 2.5, 0.9999999, 2 ** -20].map(quantizeMultiplier);
  const sums = [0, 1, -1, 2, -2, 3, -3, 5, -5, 6, -6, 7, -7, 1000, -1000, 123_456, -123_457];
  for (let i = 1; i < 400; i++) sums.push(i * 5_368_709 % 2 ** 27 - 2 ** 26);
  for (const factor of factors) {
    for (const x of sums) {
      const found = yours(x, factor);
      if (found === multiplyByQuantizedMultiplier(x, factor)) continue;
      const kind = x < 0 ? "a negative" : "a positive";
      return wrong(
        `not for every sum: it fails for ${kind} one, ${x}, with a shift of ${factor.shift}`,
      );
    }
  }
  return right(`equal for ${factors.length * sums.length} pairs of sums and factors`);
}

/** The image and the window of exercise 5. */
export const heldBack = { height: 12, width: 9, kernel: 5 } as const;

/**
 * Exercise 5: a depthwise convolution in place, stride 1, SAME: how many finished pixels must wait, at
 * least, before they may overwrite the input? One channel, row by row.
 */
export function pixelsHeldBack(pixels: number): Verdict {
  if (!(Number.isInteger(pixels) && pixels >= 0)) return wrong("needed a whole number of pixels");
  const fails = (delay: number) => firstLoss(delay) !== null;
  const loss = firstLoss(pixels);
  if (loss !== null) {
    return wrong(`pixel ${loss.reader} reads what was overwritten ${loss.late} pixels ago`);
  }
  return pixels > 0 && !fails(pixels - 1)
    ? wrong("safe, but fewer are enough")
    : right("nothing is lost, and with one fewer something is");
}

/** The first pixel whose window reads a result instead of the input. */
function firstLoss(delay: number): { readonly reader: number; readonly late: number } | null {
  const { height, width, kernel } = heldBack;
  const half = kernel >> 1;
  for (let reader = 0; reader < height * width; reader++) {
    const [y, x] = [Math.floor(reader / width), reader % width];
    // Results of all pixels up to this one are stored, but for the last `delay`.
    const stored = reader - 1 - delay;
    const first = Math.max(0, y - half) * width + Math.max(0, x - half);
    if (first <= stored) return { reader, late: stored - first + 1 };
  }
  return null;
}
