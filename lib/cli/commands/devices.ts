import { tableToJson } from "../../measure/print_table.ts";
import { planMemory } from "../../plan/plan_memory.ts";
import { deviceTable } from "../../plan/plan_table.ts";
import { type Command, UsageError } from "../command.ts";
import { loadModel, modelOperand } from "../load_model.ts";
import { signatureFlag, tableFlags } from "../shared_flags.ts";
import { printTable } from "../terminal.ts";

/** `tinyloom devices [MODEL]`. */
export const command: Command = {
  name: "devices",
  details: "With a model: which of them hold it, planned layer by layer.",
  operands: `[${modelOperand}]`,
  flags: {
    ...signatureFlag,
    ...tableFlags,
    json: { kind: "boolean", about: "one JSON object on standard output" },
  },
  examples: ["devices", "devices person_detect.tflite"],
  permissions: {},
  run: async (context) => {
    const { flags, operands: [operand, ...others], print } = context;
    if (others.length > 0) throw new UsageError("devices takes one model at most");
    const plan = operand === undefined ? undefined : planMemory(await loadModel(operand, context));
    const table = deviceTable(plan);
    if (flags.json) print(JSON.stringify({ schemaVersion: 1, rows: tableToJson(table) }));
    else printTable(context, table, { columns: columns(operand !== undefined), importance });
    return 0;
  },
};

function columns(isOfModel: boolean): readonly string[] {
  return [
    ...["name", "title", "core", "clockMhz", "sramBytes", "flashBytes"],
    ...isOfModel ? ["fits"] : [],
  ];
}

/** The most important first. */
const importance: readonly string[] = [
  ...["name", "fits", "sramBytes", "flashBytes", "core", "clockMhz", "title"],
];
