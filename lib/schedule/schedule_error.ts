/**
 * A schedule step that would change the result, or that the language cannot express, and why.
 *
 * @category Schedules
 */
export class ScheduleError extends Error {
  /** Always `ScheduleError`. */
  override readonly name = "ScheduleError";
}
