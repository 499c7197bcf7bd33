import { checkOptions } from "../check_arguments.ts";
import { namesThereAre } from "../nearest_name.ts";
import { type Device, devices } from "../plan/devices.ts";
import { type CommandContext, type Flag, InputError, UsageError } from "./command.ts";

/** Flags that say which device, for every command that plans for one. */
export const deviceFlags = {
  device: {
    kind: "text",
    value: "NAME|FILE.json",
    about: "a microcontroller of `tinyloom devices`, or a file with its sramBytes and flashBytes",
  },
  sram: { kind: "size", value: "BYTES", about: "SRAM of your own device, as 64k" },
  flash: { kind: "size", value: "BYTES", about: "Flash of your own device, as 512k" },
} as const satisfies Readonly<Record<string, Flag>>;

/**
 * The device that the flags name; `--sram` and `--flash` count before what it has.
 *
 * @throws {UsageError} if there is none of that name, or one size alone is given.
 * @throws {InputError} if a file is no device.
 */
export async function chosenDevice(
  { flags, resolve }: Pick<CommandContext, "flags" | "resolve">,
): Promise<Device | undefined> {
  const { device: name, sram, flash } = flags as {
    readonly device?: string;
    readonly sram?: number;
    readonly flash?: number;
  };
  const known = name === undefined ? undefined : await namedDevice(name, resolve);
  if (sram === undefined && flash === undefined) return known;
  if (known === undefined && (sram === undefined || flash === undefined)) {
    throw new UsageError(`--${sram === undefined ? "flash" : "sram"} needs the other, or --device`);
  }
  const { sramBytes = 0, flashBytes = 0 } = known ?? {};
  const sizes = { sramBytes: sram ?? sramBytes, flashBytes: flash ?? flashBytes };
  return { ...(known ?? unnamed("your device")), ...sizes };
}

async function namedDevice(name: string, resolve: (path: string) => string): Promise<Device> {
  if (Object.hasOwn(devices, name)) return devices[name as keyof typeof devices];
  if (!name.endsWith(".json")) {
    throw new UsageError(
      `--device: there is no "${name}"${namesThereAre(name, Object.keys(devices))}`,
    );
  }
  const text = await Deno.readTextFile(resolve(name));
  try {
    const given = JSON.parse(text) as Device;
    checkOptions(
      name,
      given,
      "name title core clockMhz sramBytes flashBytes dataCacheBytes source",
      "activeMilliwatts powerSource",
    );
    for (const size of ["sramBytes", "flashBytes"] as const) {
      if (Number.isInteger(given[size]) && given[size] > 0) continue;
      throw new TypeError(`${size} is ${given[size]}, needed a number of bytes`);
    }
    return { ...unnamed(name.replace(/^.*[\\/]/, "").replace(/\.json$/, "")), ...given };
  } catch (error) {
    throw new InputError(`--device ${name}: ${(error as Error).message}`);
  }
}

/** A device of which no more is known than its name. */
function unnamed(name: string): Omit<Device, "sramBytes" | "flashBytes"> {
  return {
    ...{ name, title: name, core: "", clockMhz: 0, dataCacheBytes: 0 },
    ...{ source: "given by the user", activeMilliwatts: null, powerSource: "" },
  };
}
