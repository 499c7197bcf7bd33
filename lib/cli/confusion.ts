import { formatCount, formatShare } from "../measure/format.ts";
import { tableToText } from "../measure/print_table.ts";
import { tableFromRows } from "../measure/table_from_rows.ts";
import { UsageError } from "./command.ts";

/** What a model takes images of known classes for. */
export interface Confusion {
  readonly classes: readonly string[];
  /** Images by their class, and by what they were taken for. */
  readonly counts: readonly (readonly number[])[];
  readonly images: number;
  readonly right: number;
  readonly accuracy: number;
  /** The 95 % interval of the accuracy on other images like these. */
  readonly low: number;
  readonly high: number;
}

/**
 * The position in the output that each class of a folder has: by its label, by its number, or, where
 * there are no labels, by its place in the alphabet, as Keras reads folders.
 *
 * @throws {UsageError} a class is none of the output's, or their numbers differ.
 */
export function positionsOf(
  folders: readonly string[],
  { labels, outputs }: { readonly labels: readonly string[] | null; readonly outputs: number },
): { readonly names: readonly string[]; readonly position: (folder: string) => number } {
  const plain = (text: string) => text.toLowerCase().replace(/[\s_-]+/g, " ").trim();
  const known = labels?.map(plain);
  const isNumber = (folder: string) => /^\d+$/.test(folder) && Number(folder) < outputs;
  if (known !== undefined && folders.every((folder) => known.includes(plain(folder)))) {
    return { names: labels!, position: (folder) => known.indexOf(plain(folder)) };
  }
  if (folders.every(isNumber)) {
    const names = labels ?? Array.from({ length: outputs }, (_, at) => String(at));
    return { names, position: Number };
  }
  if (labels !== null) {
    const stray = folders.find((folder) => !known!.includes(plain(folder)));
    throw new UsageError(
      `folder "${stray}" is no label; there are ${labels.slice(0, 12).join(", ")}` +
        (labels.length > 12 ? ` and ${labels.length - 12} more` : ""),
    );
  }
  if (folders.length !== outputs) {
    throw new UsageError(
      `${folders.length} folders for ${outputs} outputs without labels: name them by --labels, or ` +
        "call the folders by their numbers",
    );
  }
  return { names: folders, position: (folder) => folders.indexOf(folder) };
}

/** Counts what images of known classes were taken for. */
export function confusionOf(
  pairs: readonly { readonly truth: number; readonly found: number }[],
  classes: readonly string[],
): Confusion {
  const counts = classes.map(() => classes.map(() => 0));
  for (const { truth, found } of pairs) counts[truth][found]++;
  const right = counts.reduce((sum, row, at) => sum + row[at], 0);
  return {
    classes,
    counts,
    images: pairs.length,
    right,
    accuracy: right / pairs.length,
    ...wilson(right, pairs.length),
  };
}

/** The interval of a share, after Wilson (1927), which also fits few trials and shares of 0 and 1. */
function wilson(right: number, trials: number): { low: number; high: number } {
  const z = 1.959963984540054;
  const share = right / trials;
  const middle = share + z * z / (2 * trials);
  const reach = z * Math.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials));
  const whole = 1 + z * z / trials;
  return {
    low: Math.max(0, (middle - reach) / whole),
    high: Math.min(1, (middle + reach) / whole),
  };
}

const mostColumns = 8;

/** The table of classes, and the accuracy in words. Of many classes: what each is mostly taken for. */
export function confusionText(confusion: Confusion): string {
  const { classes, counts, images, right, accuracy, low, high } = confusion;
  const used = classes.map((_, at) => at)
    .filter((at) => counts[at].some((count) => count > 0) || counts.some((row) => row[at] > 0));
  const rows = used.map((truth) => {
    const all = counts[truth].reduce((sum, count) => sum + count, 0);
    const share = all === 0 ? null : counts[truth][truth] / all;
    if (used.length <= mostColumns) {
      const found = used.map((at) => [classes[at], counts[truth][at]] as const);
      return { ["class"]: classes[truth], ...Object.fromEntries(found), rightShare: share };
    }
    const wrong = counts[truth].map((count, at) => at === truth ? 0 : count);
    const most = Math.max(...wrong);
    const takenFor = most === 0 ? null : `${classes[wrong.indexOf(most)]} (${most})`;
    return { ["class"]: classes[truth], images: all, rightShare: share, takenFor };
  });
  return `${tableToText(tableFromRows(rows))}\n` +
    `${formatShare(accuracy)} right: ${formatCount(right)} of ${formatCount(images)} images ` +
    `(95 % interval ${formatShare(low)}–${
      formatShare(high)
    }); rows are what they are, columns what ` +
    "they were taken for";
}
