import type { Command, Flag } from "./command.ts";

/** What each command does, in one line; in the order of the program's help. */
export const commands: Readonly<Record<string, string>> = {
  matmul: "Times a matrix product from plain loops to everything together.",
  conv: "Times the ways to compute a convolution layer: im2col, Winograd, data layouts.",
  tune: "Searches schedules of a computation by running them; prints the best as steps.",
  compare: "Tells whether one timing record reproduces the speed-ups of another.",
  reproduce: "Runs what a table was made from again, and tells whether it says the same.",
  model: "Shows what a model consists of: operators, shapes, MACs, parameters, bytes.",
  plan: "Plans a model's memory: the smallest arena, its peak, and the devices it fits.",
  devices: "Lists the known microcontrollers: memories, core; which of them hold a model.",
  deploy: "Writes a model as a C project for a microcontroller, and verifies and measures it.",
  run: "Runs a model on the frames of its input files, one after the other; state stays.",
  profile: "Times every layer of a model in its place: kernel, time, GMAC/s, bytes moved.",
  explain: "Opens one layer up: tensors and places, plain nest, schedule, kernel as it runs.",
  bench: "Times whole models in interleaved rounds: compilation, a run, GMAC/s, arena.",
  ablate: "Adds TinyEngine's optimizations one at a time, and times what each is worth.",
  search: "Searches a network for a device: first the space, then the network in it.",
  worker: "Does tasks of other commands, from a NATS server, on as many machines as there are.",
  operators: "Tells which operators and types there are, and what plans and runs them.",
  allocate: "Places buffers in an arena; reads and writes the CSV format of minimalloc.",
  kernel: "Shows or installs the Jupyter kernel that the notebooks run best on.",
  init: "Makes a folder where scripts and notebooks import tinyloom; with a first of each.",
  doctor: "Looks for what Tinyloom can use: threads, vectors, Jupyter, compilers, QEMU.",
  completion: "Prints what makes a shell complete commands, flags and their values.",
};

/** Loads a command of the list. */
export async function loadCommand(name: string): Promise<Command> {
  const { command } = await loadLater<{ readonly command: Command }>(name);
  const { flags } = command;
  const writes = Object.values(flags).some((flag) => flag.writes);
  return writes && !Object.hasOwn(flags, "force")
    ? { ...command, flags: { ...flags, force: forceFlag } }
    : command;
}

/** What every command has that writes files. */
const forceFlag: Flag = { kind: "boolean", about: "let what is written replace what is read" };

/**
 * Loads a file by its place beside the commands. Were the folder's name whole before the first blank,
 * Deno would look at the modules of all commands each time the program starts; were there no beginning,
 * publishing would warn.
 */
export async function loadLater<Module>(path: string): Promise<Module> {
  const file = `/${path}.ts`;
  return await import(`./commands${file}`);
}
