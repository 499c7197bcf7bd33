import type { Flag } from "./command.ts";

/** Flags of the commands that time models. */
export const modelTimingFlags: Readonly<
  Record<"threads" | "seed" | "runs" | "budget" | "json" | "out", Flag>
> = {
  threads: { kind: "integer", value: "N", about: "threads that compute", default: 1, least: 1 },
  seed: { kind: "integer", value: "N", about: "fixes inputs and order", default: 1 },
  runs: { kind: "integer", value: "N", about: "most samples", default: 200, least: 1 },
  budget: {
    kind: "number",
    value: "SECONDS",
    about: "time for everything",
    default: 5,
    least: 0.1,
  },
  json: { kind: "boolean", about: "one JSON object on standard output" },
  out: {
    kind: "texts",
    value: "FILE",
    about: "also write .arrow .csv .json .svg .png .html or .md; may be repeated",
  },
};
