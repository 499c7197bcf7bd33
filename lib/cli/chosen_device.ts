import { checkOptions } from "../check_arguments.ts";
import { number, optional, orNull, readForm, record, text, whole } from "../form.ts";
import { namesThereAre } from "../nearest_name.ts";
import { type Device, devices } from "../plan/devices.ts";
import { type CommandContext, type Flag, UsageError } from "./command.ts";
import { readInput } from "./input_file.ts";

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
  const own = unnamed(name.replace(/^.*[\\/]/, "").replace(/\.json$/, ""));
  return await readInput(name, { resolve }, (text) => {
    const kind = "a device";
    checkOptions(
      kind,
      readForm<Device>(text, { kind, form: record({}) }),
      "name title core clockMhz sramBytes flashBytes dataCacheBytes source",
      "activeMilliwatts powerSource",
    );
    return { ...own, ...readForm<Device>(text, { kind, form: deviceForm }) };
  });
}

/** What a device file may say; all but the sizes may be left out. */
const deviceForm = record({
  name: optional(text),
  title: optional(text),
  core: optional(text),
  clockMhz: optional(number),
  sramBytes: whole(1),
  flashBytes: whole(1),
  dataCacheBytes: optional(whole(0)),
  source: optional(text),
  activeMilliwatts: optional(orNull(number)),
  powerSource: optional(text),
});

/** A device of which no more is known than its name. */
function unnamed(name: string): Omit<Device, "sramBytes" | "flashBytes"> {
  return {
    ...{ name, title: name, core: "", clockMhz: 0, dataCacheBytes: 0 },
    ...{ source: "given by the user", activeMilliwatts: null, powerSource: "" },
  };
}
