// Writes tests/mcu/measured.md: every model that bench:mcu measures, as it is on a Cortex-M4 in QEMU.
//   deno run -A tests/mcu/record.ts
import { formatCount } from "../../mod.ts";
import { fusedModels, measureModels } from "./measure_models.ts";

const models = await measureModels("cortex-m4", { fused: fusedModels });
const table = models.map(({ name, fusion, totals, rows }) => {
  const { instructions, cyclesEstimate, flashBytes, arenaBytes, ramBytes, stackBytes } = totals;
  const { code, weights, tables, total } = flashBytes;
  const macs = rows.reduce((sum, row) => sum + row.macs, 0);
  return [
    name,
    fusion,
    formatCount(instructions),
    (instructions / macs).toFixed(2),
    formatCount(cyclesEstimate!),
    formatCount(total),
    [weights, tables, code].map(formatCount).join(" + "),
    formatCount(arenaBytes),
    formatCount(ramBytes),
    String(stackBytes),
  ];
});
const heading = [
  "model",
  "fusion",
  "instructions",
  "a MAC",
  "cycles (1.38 an instruction)",
  "Flash",
  "weights + tables + code",
  "arena",
  "RAM",
  "stack",
];
const lines = [heading, heading.map(() => "---"), ...table].map((cells) =>
  `| ${cells.join(" | ")} |`
);
await Deno.writeTextFile(
  new URL("measured.md", import.meta.url),
  `# C on a Cortex-M4, measured in QEMU

arm-none-eabi-gcc 12.2.1 -O3, QEMU 7.2, mps2-an386, \`-icount shift=0\`; bytes. RAM is the arena, scratch
memory and state. Each model is exact on its golden vector. \`deno task bench:mcu\` measures and writes
this anew (\`out/mcu.json\` keeps what was measured: remove it when code has changed).

${lines.join("\n")}
`,
);
