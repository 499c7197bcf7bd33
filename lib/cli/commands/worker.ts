import { pathToFileURL } from "node:url";
import { CANDIDATES } from "../../native/native_target.ts";
import { type Command, UsageError } from "../command.ts";
import { asInput, loginDetails, loginOf, machineFlags } from "../machines.ts";

/** `tinyloom worker --nats URL`. */
export const command: Command = {
  name: "worker",
  details:
    "Tasks wait on the server (NATS 2.9 or later with JetStream, nats-server -js) until a worker " +
    "that runs the very same code has done them; the others refuse. What a worker has not done when it " +
    "is interrupted, dies or falls silent is done by another. Results do not depend on their number. " +
    "Trainings come in pieces, native ones are done without where there is no compiler. " +
    "For times start one worker a machine, and nothing else. " + loginDetails,
  operands: "",
  flags: {
    ...machineFlags,
    nats: { ...machineFlags.nats, about: "the NATS server whose tasks to do, as nats://host:4222" },
    slots: {
      kind: "integer",
      value: "N",
      about: "tasks at a time, each on a thread; what takes times runs alone",
      default: 1,
      least: 1,
    },
    name: { kind: "text", value: "NAME", about: "how to call it (default: after the machine)" },
    tasks: {
      kind: "texts",
      value: "FILE.ts",
      about: "a module of your own tasks, exported as taskKinds; may be repeated",
    },
  },
  examples: [
    "worker --nats nats://10.0.0.1:4222 --slots 8",
    "worker --nats tls://nats.example.org --nats-creds worker.creds",
  ],
  permissions: {
    write: "what tasks write",
    compiles: { names: CANDIDATES, why: "for trainings that ask for native code" },
    nats: true,
    records: true,
  },
  run: async (context) => {
    const { flags, operands, note, progress, resolve, signal } = context;
    if (operands.length > 0) {
      throw new UsageError(`worker takes flags alone, found "${operands.join(" ")}"`);
    }
    const login = await loginOf(context);
    if (login === undefined) throw new UsageError("worker needs --nats, the address of a server");
    const { serveTasks } = await import("../../workers/serve_tasks.ts");
    const done = await asInput(serveTasks({
      ...login,
      slots: flags.slots as number,
      name: flags.name as string | undefined,
      modules: (flags.tasks as readonly string[]).map((file) => pathToFileURL(resolve(file)).href),
      signal,
      onNotice: note,
      onDone: (count) => progress(`${count} messages of tasks done`),
    }));
    note(`${done} messages of tasks done`);
    return 0;
  },
};
