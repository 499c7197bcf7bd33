/** What a command asks Deno for beyond reading, in the words of `deno run`. */
export interface Permissions {
  /** What is written, such as `--out`. */
  readonly write?: string;
  /** Variables of the environment, and what for. */
  readonly env?: readonly [variables: readonly string[], why: string];
  /** Programs that are run, all where the list is empty, and what for. */
  readonly run?: readonly [programs: readonly string[], why: string];
  /** Whether `.png` is drawn, which native code does. */
  readonly draws?: true;
  /** Whether `--nats` has other machines do the work. */
  readonly nats?: true;
  /** Whether records are made, which name the machine as far as it may be known. */
  readonly records?: true;
}

/** Where secrets for a NATS server may stand. */
export const NATS_VARIABLES = ["NATS_TOKEN", "NATS_USER", "NATS_PASSWORD", "NATS_CREDS"] as const;

/** Flags of `deno run`, and what each is for. */
export function permissionsOf(
  asked: Permissions,
): readonly (readonly [flag: string, why: string])[] {
  const listed = (flag: string, names: readonly string[]) =>
    names.length === 0 ? flag : `${flag}=${names.join(",")}`;
  const records = "for records; what it would tell is left out without it";
  const { write, env, run, draws } = asked;
  return [
    ["--allow-read", "the files that are named, and Tinyloom's own"],
    ...write === undefined ? [] : [["--allow-write", `for ${write}`] as const],
    ...draws ? [["--allow-ffi", "for .png"] as const] : [],
    ...env === undefined ? [] : [[listed("--allow-env", env[0]), env[1]] as const],
    ...run === undefined ? [] : [[listed("--allow-run", run[0]), run[1]] as const],
    ...asked.nats
      ? [
        ["--allow-net", "for --nats"],
        ["--allow-sys=hostname", "for --nats"],
        ...env === undefined
          ? [[listed("--allow-env", NATS_VARIABLES), "for --nats"]] as const
          : [],
      ] as const
      : [],
    ...asked.records
      ? [
        ["--allow-sys=cpus,loadavg,osRelease", records],
        ...env === undefined ? [["--allow-env=DENO_V8_FLAGS", records]] as const : [],
        ...run === undefined ? [["--allow-run=git", records]] as const : [],
      ] as const
      : [],
  ];
}

/** What a permission that is missing is called; null for other errors. */
export function missingPermission(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  const [, access, flag] = /Requires (.*), run again with the (--allow-\w+) flag/
    .exec(error.message) ?? [];
  if (flag === undefined) return error instanceof Deno.errors.NotCapable ? error.message : null;
  // Of files a folder is enough; of variables, programs and facts each is named.
  const [name] = /read|write|ffi/.test(flag) ? [] : /(?<=")[^"]+(?=")/.exec(access) ?? [];
  return `may not have ${access}: run it with ${flag}${name === undefined ? "" : `=${name}`}`;
}
