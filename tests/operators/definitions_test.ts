import { operatorDefinitions, type OperatorName } from "tinyloom";
import { definitionOf } from "../../lib/model/definition_of.ts";
import { optionTable } from "../../lib/model/option_tables.ts";
import { assert } from "../assert.ts";

const definitions = Object.keys(operatorDefinitions).map((name) =>
  [name, definitionOf(name as OperatorName)] as const
);

Deno.test("every definition names an option table of the schema, or none", () => {
  for (const [name, { optionTable: table }] of definitions) {
    if (table !== null) assert(optionTable(table) !== undefined, `${name} with ${table}`);
  }
});

Deno.test("every definition says in one line what its operator does", () => {
  for (const [name, { description }] of definitions) {
    assert(/^[A-Z`][^\n]{3,100}$/.test(description), `${name}: ${description}`);
  }
});
