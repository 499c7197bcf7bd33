import { devices } from "../../plan/devices.ts";
import { zooNames } from "../../model/zoo/zoo_table.ts";
import { type Command, type Flag, UsageError } from "../command.ts";
import { commands, loadCommand } from "../commands.ts";
import { completionScripts, FILES, shells, wordFor } from "../completion_scripts.ts";

/** What may stand at a place of the command line: words, or any file. */
export type Candidates =
  | readonly { readonly name: string; readonly description?: string }[]
  | "files";

/** `tinyloom completion SHELL`. */
export const command: Command = {
  name: "completion",
  details:
    "For bash, zsh, fish or pwsh. The installed command must be called tinyloom: see README.",
  operands: "SHELL",
  flags: {},
  examples: ["completion bash >> ~/.bashrc", "completion zsh >> ~/.zshrc"],
  permissions: {},
  run: async ({ operands: [shell = "", asking = "", ...words], print }) => {
    // What the scripts call: tinyloom completion words bash -- tinyloom plan --dev
    if (shell === "words") {
      const found = await candidates(words.slice(1));
      print(
        found === "files" ? FILES : found.map((each) => wordFor(asking, each)).join("\n"),
      );
      return 0;
    }
    const known = shells.find((each) => each === shell);
    if (known === undefined) {
      throw new UsageError(`completion needs ${shells.join(", ")}, found "${shell}"`);
    }
    print(completionScripts[known].trim());
    return 0;
  },
};

/** What may stand for the last of these words, which follow the program's name. */
export async function candidates(words: readonly string[]): Promise<Candidates> {
  const [name, ...rest] = words;
  const last = rest.at(-1);
  if (last === undefined) {
    const all = Object.entries(commands).map(([name, description]) => ({ name, description }));
    return [...all, { name: "--help" }, { name: "--version" }]
      .filter(({ name: each }) => each.startsWith(name ?? ""));
  }
  if (!Object.hasOwn(commands, name)) return [];
  const { flags, operands } = await loadCommand(name);
  const [, key, value] = /^--([\w-]+)=(.*)$/.exec(last) ?? [];
  if (key !== undefined) {
    const found = valuesOf(key, flags[key]);
    if (found === "files") return found;
    return matching(found.map((each) => ({ name: `--${key}=${each.name}` })), `--${key}=${value}`);
  }
  const before = rest.at(-2) ?? "";
  const flag = before.startsWith("--") ? flags[before.slice(2)] : undefined;
  if (flag !== undefined && flag.kind !== "boolean") {
    const found = valuesOf(before.slice(2), flag);
    return found === "files" ? found : matching(found, last);
  }
  if (last.startsWith("-")) {
    const all = Object.entries(flags)
      .map(([flag, { about }]) => ({ name: `--${flag}`, description: about }));
    return matching([...all, { name: "--help", description: "this text" }], last);
  }
  if (last.startsWith("z") && operands.includes("zoo:")) {
    return matching(zooNames().map((name) => ({ name: `zoo:${name}` })), last);
  }
  if (operands === "SHELL") {
    return matching(shells.map((name) => ({ name })), last);
  }
  return operands === "" ? [] : "files";
}

/** What the help says may follow a flag: `f32|i8` is a choice, `FILE` a file. */
function valuesOf(name: string, flag: Flag | undefined): Candidates {
  const value = flag?.value ?? "";
  if (/^(FILE|DIR)/.test(value) || name === "out") return "files";
  if (name === "device") return Object.keys(devices).map((name) => ({ name }));
  return value.includes("|") ? value.split("|").map((name) => ({ name })) : [];
}

function matching<Each extends { readonly name: string }>(
  all: readonly Each[],
  start: string,
): readonly Each[] {
  return all.filter(({ name }) => name.startsWith(start));
}
