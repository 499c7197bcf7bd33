import { commands } from "../../lib/cli/commands.ts";
import { files } from "../tasks/schemas/samples.ts";
import { answersTo } from "./command_answers.ts";
import type { ExactCases } from "./exact_figures.ts";

const net = "zoo:mlperf-tiny-kws";
const small = "zoo:mlperf-tiny-ad";
const search = ["search", "--device", "nano33ble", "--samples", "20", "--population", "8"];
const found = [...search, "--generations", "1", "--front", "2", "--workers", "1"];

/** Command lines that measure nothing and ask nothing of the machine, by what they show. */
const lines: Readonly<Record<string, readonly (readonly string[])[]>> = {
  help: [[], ...Object.keys(commands).map((name) => [name, "--help"])],
  models: [["model", small], ["model", small, net], ["model", net, "--json"], ["operators"]],
  plans: [
    ["plan", net],
    ["plan", net, "--wide"],
    ["plan", net, "--fusion", "rolling", "--input", "external", "--json"],
    ["plan", net, "--fusion", "patch", "--compare"],
    ["plan", net, "--frontier", "--input", "external"],
    ["plan", net, small],
  ],
  fits: [
    ["plan", net, "--device", "nano33ble"],
    ["plan", net, small, "--device", "nano33ble"],
    ["plan", net, "--sram", "12k", "--flash", "1M"],
    ["devices"],
    ["devices", net],
    ["devices", "--json"],
  ],
  places: [
    ["allocate", "buffers.csv"],
    ["allocate", "buffers.csv", "--capacity", "4"],
  ],
  completions: [
    ["completion", "bash"],
    ["completion", "zsh"],
    ["completion", "fish"],
    ["completion", "words", "plan", "--f"],
  ],
  deployments: [
    ["deploy", small, "--out", "ad"],
    ["deploy", small, "--out", "ad", "--device", "nano33ble", "--json"],
  ],
  records: [["compare", "a.arrow", "b.arrow"], ["compare", "a.arrow", "b.arrow", "--json"]],
  searches: [found],
  mistakes: [
    ["plann"],
    ["plan"],
    ["plan", small, "--fusoin", "best"],
    ["plan", small, "--fusion", "most"],
    ["plan", small, "--device", "nano"],
    ["plan", "zoo:nothing"],
    ["plan", "missing.tflite"],
    ["allocate", "buffers.csv", "--capacity", "-1"],
    ["compare", "a.arrow"],
    ["matmul", "--m", "0"],
  ],
};

/** What commands print, note and end with; each runs in a folder of its own. */
export const commandExact: ExactCases = Object.fromEntries(
  Object.entries(lines).map((
    [name, own],
  ) => [`commands: ${name}`, () => answersTo(own, { files, isTimed: name === "places" })]),
);
