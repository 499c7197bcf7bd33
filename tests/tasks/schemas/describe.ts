/** Descriptions of a schema's properties out of the comments on the library's interfaces. */
import type { Schema } from "./infer_schema.ts";

/** An interface's properties with what is said of them. */
export type Described = ReadonlyMap<string, string>;

interface DocNode {
  readonly symbols: readonly {
    readonly declarations: readonly {
      readonly def?: {
        readonly properties?: readonly {
          readonly name: string;
          readonly jsDoc?: { doc?: string };
        }[];
      };
    }[];
  }[];
}

/** All interfaces of the library. */
export async function describedInterfaces(root: URL): Promise<readonly Described[]> {
  const files: string[] = [];
  const walk = async (folder: string) => {
    for await (const { name, isDirectory } of Deno.readDir(new URL(folder, root))) {
      if (isDirectory && name !== "operators" && name !== "npm") await walk(`${folder}${name}/`);
      else if (name.endsWith(".ts")) files.push(folder + name);
    }
  };
  await walk("lib/");
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["doc", "--json", "--private", ...files.sort()],
    cwd: root,
  }).output();
  const { nodes } = JSON.parse(new TextDecoder().decode(stdout)) as {
    readonly nodes: Readonly<Record<string, DocNode>>;
  };
  return Object.values(nodes).flatMap(({ symbols }) =>
    symbols.flatMap(({ declarations }) =>
      declarations.flatMap(({ def }) =>
        def?.properties === undefined
          ? []
          : [new Map(def.properties.map(({ name, jsDoc }) => [name, firstSentence(jsDoc?.doc)]))]
      )
    )
  );
}

const firstSentence = (text = "") =>
  text.replace(/\{@link (\w+)\}/g, "`$1`").split("\n\n")[0].trim();

/** What describes a schema. */
export interface Vocabulary {
  readonly interfaces: readonly Described[];
  /** Goes before the interfaces, by the name of the property, or by `$.name` in the outermost object. */
  readonly words: Readonly<Record<string, string>>;
  /** For what no interface says. */
  readonly otherwise: Readonly<Record<string, string>>;
}

// An interface of which an object has less says nothing of it: the same names mean other things there.
const LEAST_SHARED = 2;
const ENOUGH_SHARED = 3;
const LEAST_LIKENESS = 0.25;

/**
 * Gives each property the words of the interface that is most like the object it stands in.
 *
 * @throws {Error} there is none, and nothing in the vocabulary.
 */
export function describe(schema: Schema, vocabulary: Vocabulary, isOutermost = true): Schema {
  const { interfaces, words, otherwise } = vocabulary;
  const deeper = (each: Schema) => describe(each, vocabulary, false);
  const result = { ...schema };
  if (schema.items) result.items = deeper(schema.items);
  if (schema.anyOf) {
    result.anyOf = schema.anyOf.map((each) => describe(each, vocabulary, isOutermost));
  }
  if (typeof schema.additionalProperties === "object") {
    result.additionalProperties = deeper(schema.additionalProperties);
  }
  if (schema.properties === undefined) return result;
  const names = Object.keys(schema.properties);
  const sharedBy = (each: Described) => names.filter((name) => each.has(name)).length;
  const likeness = (each: Described) => sharedBy(each) / Math.max(names.length, each.size);
  const like = interfaces.filter((each) =>
    sharedBy(each) >= ENOUGH_SHARED ||
    sharedBy(each) >= LEAST_SHARED && likeness(each) >= LEAST_LIKENESS
  ).sort((a, b) => likeness(b) - likeness(a));
  result.properties = Object.fromEntries(
    Object.entries(schema.properties).map(([name, each]) => {
      const told = each.description ?? (isOutermost ? words[`$.${name}`] : undefined) ??
        words[name] ?? like.find((other) => other.get(name))?.get(name) ?? otherwise[name];
      if (told === undefined) {
        throw new Error(
          `Nothing says what "${name}" is beside ${names.join(", ")}: needed in the words`,
        );
      }
      return [name, { description: told, ...deeper(each) }];
    }),
  );
  return result;
}
