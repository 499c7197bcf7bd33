import type { Step } from "../../nest/nest.ts";
import type { Plan } from "../../plan/plan.ts";
import { scheduleForm } from "../../schedule/apply_steps.ts";
import { ScheduleError } from "../../schedule/loops.ts";
import type { Layer, LayerKernel } from "../layer.ts";

/**
 * Schedules of layers, by their index in `engine.layers`.
 *
 * @category Engine
 */
export type Schedules = Readonly<Record<number, readonly Step[]>>;

/**
 * Schedules by the plan's steps.
 *
 * @throws {RangeError} there is no such layer.
 * @throws {ScheduleError} the layer is a segment.
 * @throws {TypeError} a schedule is none, with the path to the field.
 */
export function schedulesByStep(
  { steps, segments }: Plan,
  schedules: Schedules,
): ReadonlyMap<number, readonly Step[]> {
  const firsts = steps.flatMap(({ segment }, step) => (
    segment === null || segments[segment].from === step ? [step] : []
  ));
  return new Map(
    Object.entries(schedules).map(([key, schedule]) => {
      const step = firsts[Number(key)];
      if (step === undefined) {
        throw new RangeError(
          `schedules has a layer ${key}, needed an index from 0 to ${firsts.length - 1}`,
        );
      }
      const wrong = scheduleForm(schedule, "$");
      if (wrong !== null) throw new TypeError(`the schedule of layer ${key} is none: ${wrong}`);
      const { segment } = steps[step];
      if (segment !== null) {
        const { from, until } = segments[segment];
        throw new ScheduleError(
          `layer ${key} is a segment of ${
            until - from
          } operators, which are called for a rectangle ` +
            `at a time; plan without fusion to schedule them`,
        );
      }
      return [step, schedule];
    }),
  );
}

/**
 * The kernel of a layer, scheduled as it is asked for.
 *
 * @throws {ScheduleError} the schedule is not legal, or the layer has no nest that it could be one of.
 */
export function scheduledKernel(layer: Layer, choose: (layer: Layer) => LayerKernel): LayerKernel {
  const { schedule, step: { operator, name } } = layer;
  if (schedule === null) return choose(layer);
  const refuse = (why: string, cause?: unknown): never => {
    throw new ScheduleError(`operator ${operator} ${name}: ${why}`, { cause });
  };
  try {
    const kernel = choose(layer);
    if (kernel.nest === undefined) {
      return refuse(`${kernel.kernel} is not made from a nest, so that it has no schedule`);
    }
    if (JSON.stringify(kernel.nest.steps) !== JSON.stringify(schedule)) {
      return refuse(`${kernel.kernel} cannot be scheduled by its reader`);
    }
    return kernel;
  } catch (error) {
    if (!(error instanceof ScheduleError) || error.message.startsWith(`operator ${operator} `)) {
      throw error;
    }
    return refuse(error.message, error);
  }
}
