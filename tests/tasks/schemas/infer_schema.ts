/** Schemas out of real output: what was always there is required, nothing else is allowed. */
import genson from "genson-js";

/** The part of JSON Schema that is written here. */
export interface Schema {
  type?: string | string[];
  description?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  items?: Schema;
  anyOf?: Schema[];
  [key: string]: unknown;
}

/** What a few samples cannot show. */
export interface Knowledge {
  /** Objects whose keys are data, by the name of the property that holds them. */
  readonly maps: readonly string[];
  /** Written in a form of their own, by the name of the property, or by `command.name`. */
  readonly own: Readonly<Record<string, Schema>>;
  /** Null where something could not be learned, by the name of the property. */
  readonly nullable: Readonly<Record<string, string>>;
  /** Numbers that are whole only by chance. */
  readonly real: RegExp;
  /** Properties that are there only at times, by command. */
  readonly optional: Readonly<Record<string, Readonly<Record<string, Schema>>>>;
  /** The same of the rows of a list, by command and the name of the list. */
  readonly optionalOfRows: Readonly<
    Record<string, Readonly<Record<string, Record<string, Schema>>>>
  >;
  /** Commands with two kinds of answers, by the property that the second kind alone has. */
  readonly second: Readonly<Record<string, string>>;
}

/** The schema that all these outputs of one command fulfil. */
export function inferSchema(
  command: string,
  outputs: readonly unknown[],
  knowledge: Knowledge,
): Schema {
  const own = forCommand(command, knowledge.own);
  const schemaOf = (some: readonly unknown[]) =>
    strict(genson.createCompoundSchema([...some]) as Schema, { ...knowledge, own });
  const mark = knowledge.second[command];
  const isSecond = (output: unknown) => mark !== undefined && Object.hasOwn(output as object, mark);
  const schema = schemaOf(outputs.filter((output) => !isSecond(output)));
  Object.assign(schema.properties!, knowledge.optional[command]);
  const addToRows = (whole: Schema | undefined) => {
    for (const [list, more] of Object.entries(knowledge.optionalOfRows[command] ?? {})) {
      Object.assign(whole?.properties?.[list]?.items?.properties ?? {}, more);
    }
  };
  addToRows(schema);
  if (mark === undefined) return schema;
  const second = schemaOf(outputs.filter(isSecond));
  addToRows(second.properties![mark].items);
  return { type: "object", anyOf: [schema, second] };
}

/** What is known by a property's name, where `command.name` goes before that name. */
export function forCommand<Known>(
  command: string,
  known: Readonly<Record<string, Known>>,
): Readonly<Record<string, Known>> {
  const start = `${command}.`;
  const own = Object.entries(known).filter(([key]) => key.startsWith(start));
  return {
    ...known,
    ...Object.fromEntries(own.map(([key, each]) => [key.slice(start.length), each])),
  };
}

/** The same schema, closed, and with what is known beside the samples; `name` is the property's. */
function strict(schema: Schema, knowledge: Knowledge, name = ""): Schema {
  if (Object.hasOwn(knowledge.own, name)) return knowledge.own[name];
  if (Object.hasOwn(knowledge.nullable, name)) {
    const kind = knowledge.nullable[name];
    const seen = typesOf(schema).filter((type) => type !== "integer" || kind !== "number");
    return { type: [...new Set([...seen, "null", kind])].sort() };
  }
  const deeper = (each: Schema, at = name) => strict(each, knowledge, at);
  const { properties, items, anyOf, type, ...rest } = schema;
  const result: Schema = type === undefined
    ? rest
    : { type: realType(type, knowledge, name), ...rest };
  if (anyOf) result.anyOf = anyOf.map((each) => deeper(each));
  // Of a list that was always empty nothing is known.
  if (items) result.items = deeper(items);
  if (properties === undefined) return result;
  if (knowledge.maps.includes(name)) {
    const values = Object.values(properties).map((each) => deeper(each, `${name}[]`));
    const merged = values.reduce((a, b) => genson.mergeSchemas([a, b] as never) as Schema);
    delete result.required;
    return { ...result, additionalProperties: deeper(merged, `${name}[]`) };
  }
  return {
    ...result,
    properties: Object.fromEntries(
      Object.entries(properties).map(([key, each]) => [key, deeper(each, key)]),
    ),
    additionalProperties: false,
  };
}

function typesOf({ type, anyOf = [] }: Schema): readonly string[] {
  return [...[type ?? []].flat(), ...anyOf.flatMap(typesOf)];
}

function realType(type: string | string[], { real }: Knowledge, name: string): string | string[] {
  if (!real.test(name)) return type;
  const types = [type].flat().map((each) => each === "integer" ? "number" : each);
  return types.length === 1 ? types[0] : [...new Set(types)];
}
