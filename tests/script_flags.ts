import { parseArgs, type ParseArgsConfig } from "node:util";

type Options = NonNullable<ParseArgsConfig["options"]>;
type Parsed<O extends Options> = ReturnType<
  typeof parseArgs<{ options: O; allowPositionals: true; allowNegative: true }>
>;

/**
 * The flags and operands of a script. `--help` prints the comment at its head, and what it does not know
 * ends it with code 2: a night's run must not begin by mistake.
 */
export function scriptFlags<const O extends Options>(
  { script, options, operands = Infinity, numbers = [] }: {
    /** `import.meta.url` of the script. */
    readonly script: string;
    readonly options: O;
    /** As many as it takes at most. */
    readonly operands?: number;
    /** Flags that are numbers from 0 up. */
    readonly numbers?: readonly (keyof O & string)[];
  },
): Parsed<O> {
  if (Deno.args.some((each) => each === "--help" || each === "-h")) {
    console.log(headOf(Deno.readTextFileSync(new URL(script))));
    Deno.exit(0);
  }
  try {
    const parsed = parseArgs({ options, allowPositionals: true, allowNegative: true });
    const { positionals } = parsed;
    if (positionals.length > operands) {
      throw new TypeError(
        `"${positionals[operands]}" is one operand more than the ${operands} there are`,
      );
    }
    for (const name of numbers) {
      const value = (parsed.values as Record<string, string | undefined>)[name];
      if (value !== undefined && !(value.trim() !== "" && Number(value) >= 0)) {
        throw new TypeError(`--${name} is ${value}, needed a number from 0 up`);
      }
    }
    return parsed as Parsed<O>;
  } catch (error) {
    console.error(`${(error as Error).message}\n--help says what there is`);
    Deno.exit(2);
  }
}

/** The comment at the head of a file, as plain text. */
export function headOf(text: string): string {
  const [, comment = ""] = /^\/\*\*\n([\s\S]*?)\n \*\/\n/.exec(text) ?? [];
  return comment.replaceAll(/^ \* ?/gm, "");
}
