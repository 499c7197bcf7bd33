/**
 * A network that tells spoken words apart, from sounds made here: espeak-ng (`apt-get install espeak-ng`)
 * says each word in several voices and at several speeds; the audio front end of TensorFlow Lite Micro
 * makes features of them; voices that were learnt are not those that it is measured with. Ten minutes on
 * two cores.
 *
 * Run: deno run -R -W --allow-run=espeak-ng examples/learn_spoken_words.ts [STEPS [FILE]]
 */
import { devices } from "tinyloom/plan";
import { dataSpaces, findNetwork, readData } from "tinyloom/search";

const [steps = "1500", out = "words.tflite"] = Deno.args;
const words = ["yes", "no", "stop", "go"];
const accents = ["en-gb", "en-us", "en-gb-scotland", "en-gb-x-rp"];
const variants = ["m1", "m2", "m3", "m4", "m5", "m7", "f1", "f2", "f3", "f4"];
const speeds = [120, 150, 180, 210];

async function speak(word: string, voice: string, speed: number): Promise<Uint8Array> {
  const args = ["--stdout", "-v", voice, "-s", String(speed), word];
  const { success, stdout, stderr } = await new Deno.Command("espeak-ng", { args }).output();
  if (success) return stdout;
  throw new Error(`espeak-ng: ${new TextDecoder().decode(stderr)}`);
}

const files = accents.flatMap((accent) =>
  variants.flatMap((variant) => {
    const voice = `${accent}+${variant}`;
    return speeds.flatMap((speed) =>
      words.map((word) => ({
        path: `${word}/${voice}_${speed}.wav`,
        read: () => speak(word, voice, speed),
      }))
    );
  })
);
const data = await readData(files, { group: "/(.*)_" });
console.log(data.source);

const { height } = data.train;
const found = await findNetwork(devices.nano33iot, {
  data,
  // Words do not run backwards, but they may begin earlier or later.
  augment: { mirror: false, shiftRows: 0.2, contrast: 0.2 },
  // The features as they come: a chip does not resize them.
  spaces: dataSpaces(data.train, { resolutions: [height] }),
  steps: Number(steps),
  tuningSteps: Number(steps),
  workers: navigator.hardwareConcurrency,
});
await Deno.writeFile(out, found.deployed.tflite);

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const { chance, linear, classes } = found.data;
console.log(`Words: ${classes.map(({ name, test }) => `${name} (${test} to measure)`).join(", ")}`);
console.log(
  `${out}: ${percent(found.deployed.int8Accuracy)} of words by new voices right in int8, ` +
    `${percent(found.deployed.floatAccuracy)} in float32; guessing ${percent(chance)}, ` +
    `a linear model of the features ${percent(linear)}`,
);
console.log(
  `${(found.best.macs / 1e6).toFixed(2)} million MACs, ` +
    `peak ${found.best.peakBytes.toLocaleString("en-US")} B`,
);
