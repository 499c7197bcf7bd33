/** Variables or programs, and what for. */
interface Named {
  readonly names: readonly string[];
  readonly why: string;
  /** Whether the command does without. */
  readonly optional?: boolean;
}

/** What a command asks Deno for beyond reading, in the words of `deno run`. */
export interface Permissions {
  /** What is written, such as `--out`. */
  readonly write?: string;
  /** Variables of the environment. */
  readonly env?: Named;
  /** Programs that are run; all, where none is named. */
  readonly run?: Named;
  /** Whether `.png` is drawn, which native code does. */
  readonly draws?: true;
  /** The compilers that native code asks for, and the flag that asks for native code. */
  readonly compiles?: Named;
  /** Whether `--nats` has other machines do the work. */
  readonly nats?: true;
  /** Whether records are made, which name the machine as far as it may be known. */
  readonly records?: true;
}

/** Where secrets for a NATS server may stand. */
export const NATS_VARIABLES = ["NATS_TOKEN", "NATS_USER", "NATS_PASSWORD", "NATS_CREDS"] as const;

/** A flag of `deno run`. */
export interface Permission {
  readonly flag: string;
  /** What it is for. */
  readonly why: string;
  /** Whether the command does without, and tells less, or does not ask for it but with a flag. */
  readonly optional: boolean;
}

const WITHOUT = " (it does without)";

/** What a command is to be given, as `deno run` takes it: each flag once. */
export function permissionsOf(asked: Permissions): readonly Permission[] {
  const { write, env, run, draws, compiles, nats, records } = asked;
  const needed = (flag: string, why: string) => ({ flag, why, optional: false });
  const listed = (flag: string, { names, why, optional = false }: Named) => (
    {
      flag: names.length === 0 ? flag : `${flag}=${names.join(",")}`,
      why: optional ? `${why}${WITHOUT}` : why,
      optional,
    }
  );
  // What several reasons ask for.
  const shared = (
    flag: string,
    names:
      & Readonly<Record<"records", Named["names"]>>
      & Partial<Record<"nats" | "compiles", Named["names"]>>,
  ) => {
    const reasons = [
      ...compiles && names.compiles ? [compiles] : [],
      ...nats && names.nats ? [{ names: names.nats, why: "with --nats" }] : [],
      ...records ? [{ names: names.records, why: `to name the machine${WITHOUT}` }] : [],
    ];
    const all = {
      names: reasons.flatMap((each) => each.names),
      why: reasons.map(({ why }) => why).join("; "),
    };
    return reasons.length === 0 ? [] : [{ ...listed(flag, all), optional: true }];
  };
  return [
    needed("--allow-read", "the files that are named, and Tinyloom's own"),
    ...write === undefined ? [] : [
      needed(
        "--allow-write",
        `for ${write}${compiles ? `; the cache of libraries ${compiles.why}` : ""}`,
      ),
    ],
    ...draws
      ? [needed("--allow-ffi", `for .png${compiles ? `; ${compiles.why}` : ""}`)]
      : compiles
      ? [{ flag: "--allow-ffi", why: compiles.why, optional: true }]
      : [],
    ...nats ? [{ flag: "--allow-net", why: "with --nats", optional: true }] : [],
    ...shared("--allow-sys", { nats: ["hostname"], records: ["cpus", "loadavg", "osRelease"] }),
    ...env === undefined
      ? shared("--allow-env", { nats: NATS_VARIABLES, records: ["DENO_V8_FLAGS"] })
      : [listed("--allow-env", env)],
    ...run === undefined
      ? shared("--allow-run", { compiles: compiles?.names, records: ["git"] })
      : [listed("--allow-run", run)],
  ];
}

/** The help of a command on them. */
export function permissionRows(asked: Permissions): readonly (readonly [string, string])[] {
  return permissionsOf(asked).map(({ flag, why }) => [flag, why]);
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
