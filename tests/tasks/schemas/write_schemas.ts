/**
 * Writes `lib/cli/schemas/COMMAND.json`: a JSON Schema (draft 2020-12) of what each command prints with
 * `--json`, made from its output on the samples. What a change does to the outputs is then seen in the
 * difference; the tests hold every command to its schema.
 *
 * Run: deno task schemas
 */
import { describe, describedInterfaces } from "./describe.ts";
import { forCommand, inferSchema } from "./infer_schema.ts";
import { knowledge, otherwise, words } from "./knowledge.ts";
import { samples } from "./samples.ts";
import { inSampleFolder } from "./run_samples.ts";

const root = new URL("../../../", import.meta.url);
const interfaces = await describedInterfaces(root);
await Deno.mkdir(new URL("lib/cli/schemas", root), { recursive: true });
await inSampleFolder(async (output) => {
  for (const [command, lines] of Object.entries(samples)) {
    const outputs = [];
    for (const line of lines) outputs.push(await output(command, line));
    const schema = describe(inferSchema(command, outputs, knowledge), {
      interfaces,
      words: forCommand(command, words),
      otherwise: forCommand(command, otherwise),
    });
    const whole = {
      $schema: "https://json-schema.org/draft/2020-12/schema",
      title: `tinyloom ${command} --json`,
      ...schema,
    };
    const file = `lib/cli/schemas/${command}.json`;
    await Deno.writeTextFile(new URL(file, root), JSON.stringify(whole, null, 2) + "\n");
    console.log(`${file} of ${lines.length} outputs`);
  }
});
// As the formatter has it, so that writing again changes nothing.
await new Deno.Command(Deno.execPath(), { args: ["fmt", "--quiet", "lib/cli/schemas"], cwd: root })
  .output();
