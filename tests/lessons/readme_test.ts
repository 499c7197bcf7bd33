// The table of notebooks/README.md: what it names is there, and is called where it says.
import * as tinyloom from "tinyloom";
import * as audio from "../../notebooks/audio.ts";
import * as exercises from "../../notebooks/exercises.ts";
import * as loopExercises from "../../notebooks/loop_exercises.ts";
import * as sounds from "../../notebooks/sounds.ts";
import { commands } from "../../lib/cli/commands.ts";
import { type Notebook, readNotebook, sourceOf } from "../notebooks/notebook.ts";
import { assert, assertEquals } from "../assert.ts";

const folder = new URL("../../notebooks/", import.meta.url);
const text = await Deno.readTextFile(new URL("README.md", folder));

/** What is public, and what stands beside the lessons. */
const known = { ...audio, ...sounds, ...exercises, ...loopExercises, ...tinyloom };

interface Row {
  readonly claim: string;
  readonly file: string;
  readonly section: string;
  readonly functions: readonly string[];
  readonly command: string;
}

const tableLines = text.split("\n").filter((line) =>
  line.startsWith("|") && !/^\|( in the lecture|[ -]+\|[ -]+\|)/.test(line)
);
const rows = tableLines.map((line): Row => {
  const cells = line.split("|").slice(1, -1).map((cell) => cell.trim());
  const [claim, place, functions, command] = cells;
  assertEquals(cells.length, 4, line);
  for (const cell of cells) assert(cell.length > 0, `an empty cell: ${line}`);
  const [, file, section] = /^\[\d+\]\((\S+\.ipynb)\), (.+)$/.exec(place) ?? [];
  assert(file !== undefined, `no lesson and section: ${place}`);
  return {
    claim,
    file,
    section,
    functions: [...functions.matchAll(/`(\w+)`/g)].map(([, name]) => name),
    command: /^`(.+)`$/.exec(command)?.[1] ?? "",
  };
});

const lessons = new Map<string, Notebook>();
for (const file of new Set(rows.map((row) => row.file))) {
  lessons.set(file, await readNotebook(new URL(file, folder).pathname));
}

Deno.test("the table has rows, and every lesson is in it and in the list", async () => {
  assert(rows.length > 50, String(rows.length));
  for await (const { name } of Deno.readDir(folder)) {
    if (!name.endsWith(".ipynb")) continue;
    assert(lessons.has(name), `${name} is in no row`);
    assert(text.includes(`- [`) && text.includes(`](${name})`), name);
  }
});

Deno.test("lessons are stored as they ran, in under 3 MB altogether", async () => {
  let sizeBytes = 0;
  for (const file of lessons.keys()) sizeBytes += (await Deno.stat(new URL(file, folder))).size;
  assert(sizeBytes < 3e6, `${sizeBytes} bytes`);
  for (const [file, { cells }] of lessons) {
    const counts = cells.filter(({ cell_type }) => cell_type === "code")
      .map((cell) => cell.execution_count);
    assertEquals(counts, counts.map((_, at) => at + 1), file);
  }
});

Deno.test("functions named are public, and used in code cells of the section named", () => {
  const faults: string[] = [];
  for (const { claim, file, section, functions } of rows) {
    assert(functions.length > 0, claim);
    const code = codeOf(lessons.get(file)!, section);
    if (code === null) faults.push(`${file} has no section "${section}"`);
    for (const name of functions) {
      if (!(name in known)) faults.push(`${name} is not public (${claim})`);
      const isUsed = code === null || new RegExp(`\\b${name}\\b`).test(code);
      if (!isUsed) faults.push(`${name} is not in ${file}, ${section}`);
    }
  }
  assertEquals(faults, []);
});

Deno.test("commands named are there, with the flags named", async () => {
  const helps = new Map<string, string>();
  for (const { command, claim } of rows) {
    const [name, ...rest] = command.split(" ");
    assert(name in commands, `${command} (${claim})`);
    if (!helps.has(name)) helps.set(name, await helpOf(name));
    for (const flag of rest.filter((word) => word.startsWith("--"))) {
      assert(helps.get(name)!.includes(flag), `${name} has no ${flag} (${claim})`);
    }
  }
});

async function helpOf(name: string): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "lib/cli/main.ts", name, "--help"],
    cwd: new URL("../../", import.meta.url),
    env: { NO_COLOR: "1" },
  }).output();
  return new TextDecoder().decode(stdout);
}

/** Code from a heading of the second level to the next one; null without such a heading. */
function codeOf({ cells }: Notebook, section: string): string | null {
  let inside = false;
  let found = false;
  const code: string[] = [];
  for (const cell of cells) {
    const source = sourceOf(cell);
    if (cell.cell_type === "code") {
      if (inside) code.push(source);
      continue;
    }
    const headings = source.split("\n").filter((line) => line.startsWith("## "));
    if (headings.length === 0) continue;
    // A section ends where another begins, and the last heading of a cell is where its code belongs.
    inside = headings.at(-1) === `## ${section}`;
    found ||= inside;
  }
  return found ? code.join("\n") : null;
}
