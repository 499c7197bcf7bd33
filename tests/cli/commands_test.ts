import { commands, loadCommand } from "../../lib/cli/commands.ts";
import { commandHelp } from "../../lib/cli/run_cli.ts";
import { assertEquals, assertStringIncludes } from "../assert.ts";

Deno.test("each listed command is the one of its name, and its help begins as its line", async () => {
  for (const [name, about] of Object.entries(commands)) {
    const command = await loadCommand(name);
    assertEquals(command.name, name);
    const help = commandHelp(about, command, 120);
    assertStringIncludes(help, `Usage: tinyloom ${name}`);
    assertStringIncludes(help, `\n\n${about}\n\n`);
    assertStringIncludes(help, "\nExamples:\n  tinyloom ");
  }
});

Deno.test("every file of a command is listed", () => {
  const folder = new URL("../../lib/cli/commands/", import.meta.url);
  const files = [...Deno.readDirSync(folder)].map(({ name }) => name.replace(".ts", ""));
  assertEquals(files.sort(), Object.keys(commands).sort());
});
