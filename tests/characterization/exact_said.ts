import { chosenData } from "../../lib/cli/chosen_data.ts";
import { parseFlags } from "../../lib/cli/command.ts";
import { commands, loadCommand } from "../../lib/cli/commands.ts";
import { confusionOf, confusionText } from "../../lib/cli/confusion.ts";
import { missingPermission, permissionsOf } from "../../lib/cli/permissions.ts";
import { commandHelp, graceOf } from "../../lib/cli/run_cli.ts";
import { readingInWords } from "../../lib/cli/show_run.ts";
import { wrap } from "../../lib/cli/wrap.ts";
import { barsOf } from "../../lib/cli/plan_answer.ts";
import { planMemory, zoo } from "tinyloom";
import { amongFiles, answersTo } from "./command_answers.ts";
import { commandFiles as files } from "./command_files.ts";
import { line, reportLines } from "./report_lines.ts";
import type { ExactCases } from "./exact_figures.ts";
import { unhurried } from "./exact_inputs.ts";

/** How much is read, and how. */
const data: readonly string[] = [
  "--data pictures --size 16",
  "--data pictures --size 16 --fit stretch --grey --only down,across --augment none",
  "--data pictures --size 8 --fit letterbox --per-class 7 --seed 3 --augment mirror,shift=0.2",
  "--data sounds --seconds 0.25",
  "--data sounds --seconds 0.3 --group _([0-9])+[.] --augment shift-rows=0.1,erase=0.2",
  "--data numbers --augment contrast=0.3,brightness=0.25,shift-columns=0",
  "--data many --size 8",
  "--data set.npz",
];

const noImages = { name: "a.png", inputWidth: 96, inputHeight: 96, range: [0, 1] } as const;
const image = (width: number, height: number, fit: "crop" | "stretch" | "letterbox") =>
  ({ ...noImages, width, height, fit }) as const;
const sound = { name: "s.wav", sampleRate: 16000, samples: 9000, frames: 3 } as const;

/** What is said of plans, and what pages are written. */
export const [planningExact, pageExact] = ["plans", "pages"].map(answersOf);

function answersOf(name: string): ExactCases {
  return { [`reports: ${name}`]: () => answersTo(reportLines[name], { files }) };
}

/** What is said of tables and mistakes, what is read as data, and how words are set. */
export const saidExact: ExactCases = {
  ...{ ...answersOf("tables"), ...answersOf("words"), ...answersOf("refused") },
  "reports: data": async () => {
    const command = await loadCommand("search");
    return await amongFiles(files, async (folder) => {
      const read: unknown[] = [];
      for (const asked of data) {
        const progress: string[] = [];
        const chosen = await chosenData({
          ...parseFlags(command, line(asked)),
          ...{ print: () => {}, note: () => {}, width: 80, env: () => undefined },
          progress: (text: string) => void progress.push(text),
          resolve: (path: string) => `${folder}/${path}`,
          signal: new AbortController().signal,
        });
        read.push([progress, chosen]);
      }
      return read;
    });
  },
  "reports: texts": async () => {
    const pairs = Array.from({ length: 60 }, (_, i) => ({ truth: i % 11, found: i * i % 12 }));
    const names = Array.from({ length: 12 }, (_, i) => `class ${i}`);
    const images = [image(96, 96, "crop"), image(192, 192, "crop"), image(192, 191, "crop")]
      .concat([image(200, 100, "stretch"), image(100, 205, "letterbox")] as never);
    const plan = planMemory(zoo("mlperf-tiny-kws"), unhurried);
    const loaded = await Promise.all(Object.keys(commands).map(loadCommand));
    return [
      [12, 9, 8, 2].map((count) =>
        confusionText(confusionOf(
          pairs.map(({ truth, found }) => ({ truth: truth % count, found: found % count })),
          names.slice(0, count),
        ))
      ),
      confusionText(confusionOf([{ truth: 1, found: 1 }], names)),
      readingInWords(images, [
        { ...sound, channels: 1, paddedSamples: 0 },
        { ...sound, channels: 2, paddedSamples: 7, windows: 49 },
      ] as never),
      readingInWords([...images, ...images, { ...images[0], orientation: 6 }] as never, []),
      readingInWords([{ ...images[0], orientation: 6 }] as never, []),
      [40, 60, 61, 62, 70, 75, 80, 120].map((width) => barsOf({ plan, device: undefined }, width)),
      loaded.map(({ permissions }) => permissionsOf(permissions)),
      [40, 79, 120].map((width) => loaded.map((own) => commandHelp(own.name, own, width))),
      [undefined, "plan", "search", "worker", "doctor", "init", "nothing"].map((name) =>
        [[], ["--nats"], ["--nats=x"], ["--natsx"]].map((rest) =>
          graceOf(name === undefined ? [] : [name, ...rest])
        )
      ),
      ["read", "write", "env", "run", "sys"].map((what) =>
        missingPermission(
          new Error(`Requires ${what} access to "x y", run again with the --allow-${what} flag`),
        )
      ),
      [missingPermission("x"), missingPermission(new Error("x"))],
      [1, 8, 20, 21, 22, 80].flatMap((width) =>
        [
          "",
          "word",
          "  indented words of a line",
          `${"long".repeat(9)} and more words\nsecond line`,
        ]
          .flatMap((text) => [wrap(text, width), wrap(text, width, 0), wrap(text, width, 5)])
      ),
    ];
  },
};
