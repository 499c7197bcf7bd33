import { answersTo } from "./command_answers.ts";
import { commandFiles as files } from "./command_files.ts";
import type { ExactCases } from "./exact_figures.ts";

const kws = "zoo:mlperf-tiny-kws";
const ad = "zoo:mlperf-tiny-ad";
const odd = ["while", "once", "svdf", "if", "variable", "lstm", "unpack", "buffer", "decode"];
const broken = ["lost", "outputless", "views", "labelled"];
const line = (text: string) => text.split(" ");

/** Command lines that run models and read data. */
const lines: Readonly<Record<string, readonly (readonly string[])[]>> = {
  images: [
    "run m.tflite --input a.png --range 0,1 --labels labels.txt --top 2",
    "run m.tflite --input a.png --input wide.png --range -1,2",
    "run m.tflite --input wide.png --fit crop --json",
    "run m.tflite --input wide.png --fit letterbox --wide",
    "run m.tflite --input wide.png --fit zoom",
    "run m.tflite --input wide.png --range 1,1",
    "run m.tflite --input wide.png --range 1",
    "run m.tflite --input wide.png --range 1,",
    "run m.tflite --input a.png --labels two.txt",
    "run m.tflite --input a.png --stride 3",
    "run labelled.tflite --input a.png",
    "run labelled.tflite --input a.png --json",
    "run m.tflite --input set",
    "run m.tflite --input set --input a.png --json",
    "run labelled.tflite --input set --top 1",
    "run class4.tflite --input many",
    "run class4.tflite --input many --top 1 --columns frame,truth,index",
    "run class4.tflite --input many --json",
    "run single.tflite --input pair",
    "run class4.tflite --input set",
    "run m.tflite --input empty",
  ].map(line),
  frames: [
    "run m.tflite --input numbers.csv --output out.npy",
    "run m.tflite --input numbers.csv --output out.bin --json",
    "run two.tflite --input left.npy --input right.npy",
    "run two.tflite --input lefts.npy --input rights.npy --wide --output two.bin",
    "run two.tflite --input lefts.npy --input rights.npy --json --output two.bin",
    "run two.tflite --random 2 --output two.npy",
    "run two.tflite --random 3 --seed 5 --top 2",
    "run two.tflite --random 1 --input left.npy",
    "run two.tflite",
    "run wave.tflite --input sound.wav",
    "run wave.tflite --input sound.wav --json",
    "run spectra.tflite --input sound.wav --features window.tflite --stride 100",
    "run spectra.tflite --input sound.wav --features window.tflite --json",
    "run spectra.tflite --input sound.wav --features wave.tflite",
    `run ${kws} --input frames.bin --top 2`,
    `run ${kws} --input frames.bin --fusion best --checked --json`,
    `run ${kws} --random 1 --fusion rolling --granularity row --external-input`,
    `run ${kws} --random 1 --external-input`,
    `run ${kws} --random 1 --granularity row`,
    `run ${kws} --random 1 --fusion best --memory-budget 10`,
    `plan ${kws} --fusion rolling --out plan.json`,
    `run ${kws} --random 2 --plan plan.json`,
    `run ${kws} --random 2 --plan plan.json --fusion best`,
    `run ${kws} --random 2 --plan d.json`,
    `run ${kws} --random 1 --reference --checked`,
    `run ${kws} --random 1 --reference --threads 2`,
    `run ${kws} ${kws} --random 1`,
    "run class4.tflite --random 3 --reference --top 3",
    "run class4.tflite --random 1 --threads 2",
  ].map(line),
  states: odd.flatMap((name) => [
    ["run", `${name}.tflite`, "--random", "3", "--seed", "4", "--wide"],
    ["run", `${name}.tflite`, "--random", "2", "--reference", "--json"],
  ]),
  "odd models": [...odd, ...broken].flatMap((name) => [
    ["model", `${name}.tflite`],
    ["model", `${name}.tflite`, "--json"],
    ["plan", `${name}.tflite`, "--json"],
  ]),
  "odd plans": [...odd, ...broken].flatMap((name) => [
    ["plan", `${name}.tflite`, "--wide"],
    ["plan", `${name}.tflite`, "--device", "nano33iot", "--fusion", "best"],
    ["plan", `${name}.tflite`, "--target", "cortex-m4"],
    ["explain", `${name}.tflite`, "0"],
  ]),
  "odd projects": odd.flatMap((name) => [
    ["deploy", `${name}.tflite`, "--prefix", `my_${name}`, "--json", "--force"],
    ["deploy", `${name}.tflite`, "--out", name, "--device", "stm32f746", "--prefix", "x"],
  ]),
  layouts: [
    `deploy ${kws} --arduino --prefix net --out a`,
    `deploy ${kws} --zephyr --optimize size --target cortex-m33 --out z --json`,
    `deploy ${kws} --platformio --input external --device nano33ble --out p`,
    `deploy ${kws} --platformio --arduino`,
    `deploy ${kws} --verify board`,
    `deploy ${kws} --target z80`,
    `deploy ${kws} --optimize more`,
    `deploy ${kws} --mac-budget 2`,
    `deploy ${kws} --report page.md`,
    `deploy ${kws} --sram 3k --flash 1M --out small`,
    `deploy ${kws} --sram 3k --flash 1M --out small --json`,
    `deploy ${kws} --sram 3k --flash 1M --out small --force --target portable`,
    `deploy ${ad} --device nano33ble --read-log log.txt`,
    `deploy ${ad} --device nano33ble --read-log log.txt --json`,
    `deploy ${ad} --target cortex-m4 --read-log log.txt`,
    `deploy ${ad} --device nano33ble --read-log labels.txt`,
    "deploy lstm.tflite --target cortex-m7 --cmake",
  ].map(line),
};

/** What is said of runs; of odd models and their plans and projects; what projects are written. */
export const [runExact, oddExact, projectExact] = [
  ["images", "frames", "states"],
  ["odd models", "odd plans", "odd projects"],
  ["layouts"],
].map((names): ExactCases =>
  Object.fromEntries(
    names.map((name) => [
      `runs: ${name}`,
      () => answersTo(lines[name], { files, isTimed: lines[name][0][0] === "run" }),
    ]),
  )
);
