// Every command's --json is what its published schema says: no field is missing, none is unknown.
import { Ajv2020 } from "ajv";
import { commands, loadCommand } from "../../lib/cli/commands.ts";
import { hasTool } from "../../lib/deploy/tools.ts";
import { inferSchema, type Schema } from "../tasks/schemas/infer_schema.ts";
import { knowledge } from "../tasks/schemas/knowledge.ts";
import { inSampleFolder } from "../tasks/schemas/run_samples.ts";
import { neededTool, samples } from "../tasks/schemas/samples.ts";
import { assert, assertEquals } from "../assert.ts";

const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true });
const folder = new URL("../../lib/cli/schemas/", import.meta.url);
const schemaOf = (name: string): Schema =>
  JSON.parse(Deno.readTextFileSync(new URL(`${name}.json`, folder)));

/** Lines that the schemas were not made from. */
const others: Readonly<Record<string, readonly (readonly string[])[]>> = {
  matmul: [["--m", "8", "--k", "8", "--n", "8", "--budget", "0.2", "--variants", "tile"]],
  model: [["zoo:mcunet-vww0"]],
  plan: [["zoo:mlperf-tiny-vww", "--fusion", "rolling", "--granularity", "pixel"]],
  profile: [["zoo:mlperf-tiny-kws", "--budget", "0.2", "--threads", "2"]],
};

Deno.test("every command with --json has a published schema, and no other", async () => {
  const withJson: string[] = [];
  for (const name of Object.keys(commands)) {
    if (Object.hasOwn((await loadCommand(name)).flags, "json")) withJson.push(name);
  }
  const published = [...Deno.readDirSync(folder)].map(({ name }) => name.replace(".json", ""));
  assertEquals(published.sort(), withJson.sort());
  assertEquals(Object.keys(samples).sort(), withJson);
});

Deno.test("schemas describe every field, and are closed", () => {
  // Steps of a schedule have a language of their own.
  const ownLanguage = new Set(["schedule", "steps"]);
  const visit = (schema: Schema, path: string): void => {
    for (const [key, each] of Object.entries(schema.properties ?? {})) {
      assert(each.description || /schedule/.test(path), `${path}.${key} has no description`);
      if (!ownLanguage.has(key) || path === "plan") visit(each, `${path}.${key}`);
    }
    assert(!schema.properties || schema.additionalProperties !== undefined, `${path} is open`);
    if (schema.items) visit(schema.items, `${path}[]`);
    for (const each of schema.anyOf ?? []) visit(each, path);
  };
  for (const name of Object.keys(samples)) visit(schemaOf(name), name);
});

for (const name of Object.keys(samples)) {
  Deno.test(`what ${name} --json prints fulfils its schema`, async () => {
    const validate = ajv.compile(schemaOf(name));
    await inSampleFolder(async (output) => {
      // The records that these read.
      if (name === "compare" || name === "reproduce") await output("matmul", samples.matmul[0]);
      if (name === "reproduce") await output("profile", samples.profile[0]);
      for (const line of [...samples[name], ...others[name] ?? []]) {
        const tool = neededTool(line);
        if (tool !== null && !(await hasTool(tool))) continue;
        const printed = await output(name, line);
        assert(
          validate(printed),
          `${name} ${
            line.join(" ")
          } differs from lib/cli/schemas/${name}.json; if that is intended: ` +
            `deno task schemas\n${ajv.errorsText(validate.errors, { separator: "\n" })}`,
        );
      }
    });
  });
}

Deno.test("a schema refuses what is missing, unknown or of another type", () => {
  const outputs = [{ a: 1, b: null, c: [{ d: "x" }] }, { a: 2, b: 0.5, c: [] }];
  const validate = ajv.compile(inferSchema("none", outputs, knowledge));
  assert(validate({ a: 1, b: 7, c: [{ d: "y" }] }));
  assert(!validate({ a: 1, b: 7 }));
  assert(!validate({ a: 1, b: 7, c: [], e: 1 }));
  assert(!validate({ a: 1, b: 7, c: [{}] }));
  assert(!validate({ a: "1", b: null, c: [] }));
});
