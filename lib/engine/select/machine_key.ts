import { environment } from "../../measure/environment.ts";

/** What a measured choice holds for: processor, V8 and version of this library. */
export function machineKey(): string {
  const { cpuModel, v8, versions } = environment({ gitCommit: null });
  return `${cpuModel ?? "unknown processor"}, V8 ${v8}, ${Object.entries(versions)[0].join(" ")}`;
}
