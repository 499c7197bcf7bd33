import type { Step } from "../nest/step.ts";
import { UsageError } from "./usage_error.ts";

/**
 * Reads a schedule: a JSON array of steps, or an object with one under `schedule` or `steps`.
 *
 * @throws {UsageError} the file is no JSON or holds no array of steps.
 */
export async function readSchedule(path: string): Promise<readonly Step[]> {
  const text = await Deno.readTextFile(path);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${path} is not JSON: ${(error as Error).message}`);
  }
  const record = value as { schedule?: unknown; steps?: unknown } | null;
  const steps = Array.isArray(value) ? value : record?.schedule ?? record?.steps;
  if (!Array.isArray(steps)) {
    throw new UsageError(`${path} must hold an array of steps, found ${typeof value}`);
  }
  return steps;
}
