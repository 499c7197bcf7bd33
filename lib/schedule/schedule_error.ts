/** A schedule step that would change the result, or that the language cannot express, and why. */
export class ScheduleError extends Error {
  override readonly name = "ScheduleError";
}
