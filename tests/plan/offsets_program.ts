// A problem of offsets as a mixed integer program, for a solver that knows nothing of planning.
import type { OffsetProblem } from "../../lib/plan/offsets/offset_problem.ts";

/**
 * The program in CPLEX's LP format: `h` is the height, item i begins at `k<i>` times its alignment. Two
 * items that live at once have one of several relations, each a binary variable that switches its
 * inequalities on (big M).
 */
export function offsetsProgram(problem: OffsetProblem, mostBytes: number): string {
  const { items, steps, views, channels } = problem;
  const rows: string[] = [];
  const binaries = new Set<string>();
  const free: string[] = [];
  const big = 4 * mostBytes + 4;
  const binary = (name: string) => {
    binaries.add(name);
    return name;
  };
  const at = (item: number, sign: "+" | "-") => `${sign} ${items[item].alignmentBytes} k${item}`;
  /** `b` lies at least so many bytes behind `a` if a binary is 1; either may be a ring. */
  const behind = (b: string, a: string, least: number, when: string) =>
    rows.push(`${b} ${a} - ${big} ${when} >= ${least - big}`);
  const distance = (item: number, from: number) => [at(item, "+"), at(from, "-")] as const;

  items.forEach(({ sizeBytes }, item) => rows.push(`h ${at(item, "-")} >= ${sizeBytes}`));
  const relations = new Map<string, string[]>();
  items.forEach((a, i) =>
    items.forEach((b, j) => {
      if (j <= i || a.until <= b.from || b.until <= a.from) return;
      const [below, above] = [binary(`below${i}_${j}`), binary(`above${i}_${j}`)];
      behind(...distance(j, i), a.sizeBytes, below);
      behind(...distance(i, j), b.sizeBytes, above);
      relations.set(`${i} ${j}`, [below, above]);
    })
  );
  const relate = (a: number, b: number, name: string) =>
    relations.get(`${Math.min(a, b)} ${Math.max(a, b)}`)?.push(binary(name));
  const exactly = (
    { input, output }: { input: number; output: number },
    by: number,
    when: string,
  ) => {
    behind(...distance(output, input), by, when);
    behind(...distance(input, output), -by, when);
  };
  views.forEach((view, i) => {
    relate(view.input, view.output, `view${i}`);
    exactly(view, view.stillBytes, `view${i}`);
  });
  steps.forEach(({ pairings, inPlace }, step) => {
    // Loops go forward, or not.
    const forward = binary(`forward${step}`);
    pairings.forEach(({ input, output, forwardBytes, reverseBytes }, i) => {
      const [down, up] = [`down${step}_${i}`, `up${step}_${i}`];
      relate(input, output, down);
      relate(input, output, up);
      behind(...distance(input, output), -forwardBytes, down);
      behind(...distance(output, input), reverseBytes, up);
      rows.push(`${down} - ${forward} <= 0`, `${up} + ${forward} <= 1`);
    });
    inPlace.forEach(({ distanceBytes, ringBytes }, i) => {
      const form = `form${step}_${i}`;
      relate(pairings[0].input, pairings[0].output, form);
      exactly(pairings[0], distanceBytes, form);
      const ring = `ring${step}_${i}`;
      const sizeBytes = ringBytes * channels;
      free.push(ring);
      behind("h", `- ${ring}`, sizeBytes, form);
      items.forEach(({ from, until, sizeBytes: itemBytes }, item) => {
        if (step < from || until <= step) return;
        const [below, above] = [binary(`${ring}b${item}`), binary(`${ring}a${item}`)];
        behind(at(item, "+"), `- ${ring}`, sizeBytes, below);
        behind(`+ ${ring}`, at(item, "-"), itemBytes, above);
        rows.push(`${below} + ${above} - ${form} >= 0`);
      });
    });
  });
  for (const all of relations.values()) rows.push(`${all.join(" + ")} >= 1`);
  return [
    "Minimize",
    " obj: h",
    "Subject To",
    ...rows.map((row, i) => ` c${i}: ${row.replace(/^\+ /, "")}`),
    "Bounds",
    ` 0 <= h <= ${mostBytes}`,
    ...free.map((ring) => ` 0 <= ${ring} <= ${mostBytes}`),
    ...items.map(({ alignmentBytes }, item) =>
      ` 0 <= k${item} <= ${Math.floor(mostBytes / alignmentBytes)}`
    ),
    "General",
    ` ${items.map((_, item) => `k${item}`).join(" ")}`,
    "Binary",
    ` ${[...binaries].join(" ")}`,
    "End",
    "",
  ].join("\n");
}
