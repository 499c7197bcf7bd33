// Forms of plain data, as it comes from JSON: what is wrong with a value is told by its path.

/** What is wrong with a value at a path, in words; null: nothing. */
export type Form = (value: unknown, path: string) => string | null;

/**
 * A value from JSON text that has the form of its kind.
 *
 * @throws {TypeError} naming the first field that has not, by its path from `$`, the whole.
 */
export function readForm<Value>(
  text: string,
  { kind, form, reviver }: {
    /** What the text is to hold, such as `a plan`. */
    readonly kind: string;
    readonly form: Form;
    readonly reviver?: Parameters<typeof JSON.parse>[1];
  },
): Value {
  let value: unknown;
  try {
    value = JSON.parse(text, reviver);
  } catch (error) {
    const why = (error as Error).message;
    throw new TypeError(`this is not ${kind}: it is not JSON: ${why}`, { cause: error });
  }
  const wrong = form(value, "$");
  if (wrong === null) return value as Value;
  throw new TypeError(`this is not ${kind}: ${wrong}`);
}

/** A form by what its values fulfil, and how that is called. */
export function form(is: (value: unknown) => boolean, needed: string): Form {
  return (value, path) => is(value) ? null : `${path} is ${shown(value)}, needed ${needed}`;
}

/** Whole numbers of a range; without an upper end, those that are exact. */
export function whole(least: number, most = Number.MAX_SAFE_INTEGER): Form {
  const isWithin = (value: unknown) =>
    Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
  const range = most === Number.MAX_SAFE_INTEGER
    ? `of at least ${least}`
    : `from ${least} to ${most === 2 ** 32 - 1 ? "2^32 - 1" : most}`;
  return form(isWithin, `a whole number ${range}`);
}

export const anyNumber = form((value) => typeof value === "number", "a number");
export const number = form((value) => Number.isFinite(value), "a number");
export const positive = form(
  (value) => Number.isFinite(value) && (value as number) > 0,
  "a number above 0",
);
export const text = form((value) => typeof value === "string", "a text");
export const flag = form((value) => typeof value === "boolean", "true or false");

/** One of some values. */
export function oneOf(...known: readonly (string | number | boolean)[]): Form {
  return form(
    (value) => known.includes(value as string),
    known.map((each) => JSON.stringify(each)).join(" or "),
  );
}

export function orNull(inner: Form): Form {
  return (value, path) => value === null ? null : inner(value, path);
}

/** Fields that may be left out. */
export function optional(inner: Form): Form {
  return (value, path) => value === undefined ? null : inner(value, path);
}

/** Any of several forms; what is wrong is told of the first. */
export function either(...forms: readonly Form[]): Form {
  return (value, path) => {
    const wrong = forms.map((each) => each(value, path));
    return wrong.includes(null) ? null : wrong[0];
  };
}

export function list(inner: Form, length?: number): Form {
  const needed = length === undefined ? "a list" : `a list of ${length}`;
  return (value, path) => {
    if (!Array.isArray(value) || value.length !== (length ?? value.length)) {
      return `${path} is ${shown(value)}, needed ${needed}`;
    }
    for (let i = 0; i < value.length; i++) {
      const wrong = inner(value[i], `${path}[${i}]`);
      if (wrong !== null) return wrong;
    }
    return null;
  };
}

/** Objects with these fields; others may be there. */
export function record(fields: Readonly<Record<string, Form>>): Form {
  return (value, path) => {
    if (!isObject(value)) return `${path} is ${shown(value)}, needed an object`;
    for (const [name, inner] of Object.entries(fields)) {
      const wrong = inner(Object.hasOwn(value, name) ? value[name] : undefined, at(path, name));
      if (wrong !== null) return wrong;
    }
    return null;
  };
}

/** Objects with any names. */
export function dictionary(inner: Form): Form {
  return (value, path) => {
    if (!isObject(value)) return `${path} is ${shown(value)}, needed an object`;
    for (const [name, each] of Object.entries(value)) {
      const wrong = inner(each, at(path, name));
      if (wrong !== null) return wrong;
    }
    return null;
  };
}

/** Objects whose fields depend on one of them. */
export function tagged(tag: string, kinds: Readonly<Record<string, Form>>): Form {
  const kind = record({ [tag]: oneOf(...Object.keys(kinds)) });
  return (value, path) =>
    kind(value, path) ?? kinds[(value as Record<string, string>)[tag]](value, path);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Names that are none in JavaScript stand in brackets, as in JSONPath. */
function at(path: string, name: string): string {
  return /^[A-Za-z_]\w*$/.test(name) ? `${path}.${name}` : `${path}[${JSON.stringify(name)}]`;
}

function shown(value: unknown): string {
  if (value === undefined) return "missing";
  const words = typeof value === "number" ? String(value) : JSON.stringify(value) ?? typeof value;
  return words.length > 40 ? `${words.slice(0, 40)}...` : words;
}
