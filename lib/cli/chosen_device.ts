import { type Device, devices } from "../plan/devices.ts";
import { UsageError } from "./command.ts";

/**
 * The device of that name.
 *
 * @throws {UsageError} if there is none.
 */
export function chosenDevice(name: string | undefined): Device | undefined {
  if (name === undefined) return undefined;
  const device = (devices as Readonly<Record<string, Device>>)[name];
  if (Object.hasOwn(devices, name)) return device;
  throw new UsageError(
    `--device: there is no "${name}", only ${Object.keys(devices).join(", ")}`,
  );
}
