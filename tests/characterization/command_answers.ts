import { saveTable } from "tinyloom";
import { said } from "../cli/in_process.ts";
import { timingTable } from "../measure/timing_table.ts";

type Lines = readonly (readonly string[])[];

/** Texts in which a time stands, which is another each time. */
const TIMES: readonly (readonly [RegExp, string])[] = [
  [/"(timeNs|timeMs)":[\d.e+-]+/g, '"$1":0'],
  [/ +time\b/g, " time"],
  [/ +\d[\d,.]* (ns|µs|ms|s)\b/g, " 1 s"],
];

/** What command lines say and end with, one after the other in a folder of files, and what they write. */
export async function answersTo(
  lines: Lines,
  { files, isTimed = false }: {
    readonly files: Readonly<Record<string, Uint8Array>>;
    /** Whether they tell how long something took. */
    readonly isTimed?: boolean;
  },
): Promise<unknown> {
  return await amongFiles(files, async (folder) => {
    const times = [1e6, 4e5].map((minNs, i) => ({ kernel: ["naive", "tiled"][i], minNs }));
    await saveTable(`${folder}/a.arrow`, timingTable(times));
    await saveTable(`${folder}/b.arrow`, timingTable(times.toReversed()));
    const before = await contentsOf(folder);
    const answers: unknown[] = [];
    using _clock = isTimed ? null : slowClock();
    for (const line of lines) {
      const { code, printed, notes } = await said(line, { folder });
      const texts = [printed, ...notes].map((text) => plain(text.replaceAll(folder, ".")));
      answers.push([line, code, ...texts]);
    }
    const after = Object.entries(await contentsOf(folder));
    return [answers, after.filter(([name, text]) => before[name] !== text)];
  });

  function plain(text: string): string {
    if (!isTimed) return text;
    return TIMES.reduce((all, [time, instead]) => all.replaceAll(time, instead), text);
  }
}

/** What an act gives in a folder of files, which is gone then. */
export async function amongFiles<T>(
  files: Readonly<Record<string, Uint8Array>>,
  act: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await Deno.makeTempDir();
  try {
    for (const [name, bytes] of Object.entries(files)) {
      const path = `${folder}/${name}`;
      await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
      await Deno.writeFile(path, bytes);
    }
    return await act(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Lets time pass a hundred times as slowly, so that limits of time end no plan on a busy machine. */
function slowClock(): Disposable {
  const { now } = performance;
  const begin = now.call(performance);
  performance.now = () => begin + (now.call(performance) - begin) / 100;
  return { [Symbol.dispose]: () => performance.now = now };
}

/** The files of a folder and of those in it, as texts. */
async function contentsOf(folder: string, below = ""): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  const entries = [...Deno.readDirSync(`${folder}/${below}`)];
  for (const { name, isDirectory } of entries.sort((a, b) => a.name < b.name ? -1 : 1)) {
    const path = `${below}${name}`;
    if (isDirectory) Object.assign(found, await contentsOf(folder, `${path}/`));
    else {
      const text = await Deno.readTextFile(`${folder}/${path}`);
      // Drawings number what they clip, all through a program.
      found[path] = text.replaceAll(folder, ".").replaceAll(/\bclip\d+/g, "clip");
    }
  }
  return found;
}
