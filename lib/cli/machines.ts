import { cautions } from "../measure/cautions.ts";
import type { Environment } from "../measure/environment.ts";
import { tableFromRows } from "../measure/table_from_rows.ts";
import { tableToRows } from "../measure/table_rows.ts";
import type { Table } from "../npm/arrow.ts";
import type { ConnectedWorkers } from "../workers/connect_workers.ts";
import type { NatsLogin } from "../workers/login.ts";
import { type CommandContext, type Flag, InputError } from "./command.ts";
import { NATS_VARIABLES } from "./permissions.ts";

/** Flags of every command that other machines can do the work of. */
export const machineFlags = {
  nats: {
    kind: "text",
    secret: true,
    value: "URL",
    about: "the NATS server whose workers (tinyloom worker) do the work, as nats://host:4222",
  },
  "nats-creds": {
    kind: "text",
    secret: true,
    value: "FILE",
    about: "credentials for it, as nsc writes them",
  },
} as const satisfies Readonly<Record<string, Flag>>;

/** What the help of these commands tells of secrets. */
export const loginDetails = "A token, or a user's name and password, may stand in the address " +
  "(nats://token@host, nats://user:password@host), or in the environment, where nobody else sees " +
  "them: NATS_TOKEN, NATS_USER and NATS_PASSWORD, NATS_CREDS (a file).";

/** Who asks which server, by flags and environment; undefined without --nats. */
export async function loginOf(
  { flags, env, resolve }: Pick<CommandContext, "flags" | "env" | "resolve">,
): Promise<NatsLogin | undefined> {
  if (flags.nats === undefined) return undefined;
  const [token, user, password, credentials] = NATS_VARIABLES.map(env);
  const file = (flags["nats-creds"] as string | undefined) || credentials;
  return {
    servers: flags.nats as string,
    ...(token && { token }),
    ...(user && { user, password }),
    ...(file && { credentials: await Deno.readTextFile(resolve(file)) }),
  };
}

/**
 * The workers behind --nats; undefined without it.
 *
 * @throws {InputError} nobody answers there, or not to this login.
 */
export async function machinesOf(context: CommandContext): Promise<ConnectedWorkers | undefined> {
  const login = await loginOf(context);
  if (login === undefined) return undefined;
  const { connectWorkers } = await import("../workers/connect_workers.ts");
  return await asInput(connectWorkers({ ...login, onNotice: context.note }));
}

/** What to know before times are believed, of other machines' also on which they were measured. */
export function timingCautions(table: Table): readonly string[] {
  const rows = tableToRows(table) as readonly TimedRow[];
  if (rows.every(({ environment }) => environment === undefined)) return cautions(table);
  // Every measurement has its own.
  const measured = Map.groupBy(rows, ({ environment }) => environment!);
  const odd = [...measured].flatMap(([environment, own]) => {
    const said = cautions(tableFromRows(own, { metadata: JSON.parse(environment) }));
    const what = own.map(({ model, kernel }) => model ?? kernel).join(", ");
    return measured.size === 1 ? said : said.map((each) => `${what}: ${each}`);
  });
  const names = [
    ...new Set(rows.map(({ machine, environment }) => machine ?? hardware(environment!))),
  ];
  const where = names.length === 1
    ? `Measured on ${names[0]}.`
    : `Measured on ${names.join(", ")}: only times of the same machine can be compared.`;
  return [...odd, where];
}

/** The same rows; of several machines, models are called by theirs too. */
export function modelsByMachine(table: Table): Table {
  const rows = tableToRows(table) as readonly TimedRow[];
  if (new Set(rows.map(({ machine }) => machine)).size === 1) return table;
  const model = rows.map(({ model, machine }) => ({
    model: `${model}, ${machine ?? "elsewhere"}`,
  }));
  return table.assign(tableFromRows(model));
}

interface TimedRow {
  readonly model?: string;
  readonly kernel?: string;
  readonly machine?: string | null;
  readonly environment?: string;
}

function hardware(environment: string): string {
  const { cpuModel, cores, os } = JSON.parse(environment) as Environment;
  return `${cpuModel ?? "a processor"} with ${cores} cores, ${os}`;
}

/** What a server refuses is wrong input. */
export async function asInput<Result>(connecting: Promise<Result>): Promise<Result> {
  try {
    return await connecting;
  } catch (error) {
    throw error instanceof Error && error.name === "NatsError"
      ? new InputError(error.message)
      : error;
  }
}
