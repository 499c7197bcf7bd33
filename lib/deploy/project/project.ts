import type { Device } from "../../plan/devices.ts";
import type { DeployTargetName } from "../deploy_targets.ts";
import type { EmittedC } from "../emit_c.ts";
import { arduinoFiles } from "./arduino.ts";
import { cmakeFiles } from "./cmake.ts";
import { platformioFiles } from "./platformio.ts";
import { readmeText } from "./readme_text.ts";
import { zephyrFiles } from "./zephyr.ts";

/**
 * Whose build a project is for.
 *
 * @category Deployment
 */
export type ProjectLayout = "cmake" | "arduino" | "zephyr" | "platformio";

/**
 * Files of a project.
 *
 * @category Deployment
 */
export interface Project {
  /** Whose build it is for. */
  readonly layout: ProjectLayout;
  /** Text by path. */
  readonly files: Readonly<Record<string, string>>;
  /** The model's own C files. */
  readonly sources: readonly string[];
  /** The folder of the header and of the sources, empty or ending in a slash. */
  readonly sourceFolder: string;
  /** The folder of the golden vectors and the self-test, ending in a slash. */
  readonly testFolder: string;
}

/** What a project is made from. */
export interface ProjectFacts {
  readonly emitted: EmittedC;
  readonly layout: ProjectLayout;
  readonly target: DeployTargetName;
  readonly device: Device | null;
  /** The model, for people. */
  readonly name: string;
}

/** Where a build system wants files, and what else it reads. */
export interface LayoutFiles {
  readonly sourceFolder: string;
  /** Folder of the example; null: it brings one of its own. */
  readonly exampleFolder: string | null;
  readonly testFolder: string;
  readonly own: Readonly<Record<string, string>>;
}

const layouts: Readonly<Record<ProjectLayout, (facts: ProjectFacts) => LayoutFiles>> = {
  cmake: cmakeFiles,
  arduino: arduinoFiles,
  zephyr: zephyrFiles,
  platformio: platformioFiles,
};

/** The list of a project's files, by which a later deploy knows what it may replace. */
export const MANIFEST = "tinyloom.json";

/**
 * Refuses an unknown layout.
 *
 * @throws {RangeError} naming those that there are.
 */
export function checkLayout(layout: ProjectLayout): void {
  if (Object.hasOwn(layouts, layout)) return;
  throw new RangeError(`layout "${layout}", needed one of ${Object.keys(layouts).join(", ")}`);
}

/** Puts the files of a model where a build system wants them. */
export function projectOf(emitted: EmittedC, rest: Omit<ProjectFacts, "emitted">): Project {
  const facts = { ...rest, emitted };
  const { sourceFolder, exampleFolder, testFolder, own } = layouts[facts.layout](facts);
  // Comments in the example and the test say how to compile them from where they lie.
  const above = (folder: string) => "../".repeat(folder.split("/").length - 1) + sourceFolder;
  const placed = Object.entries(emitted.files).flatMap(([path, text]) => {
    const name = path.split("/").at(-1)!;
    if (path.startsWith("example/")) {
      if (exampleFolder === null) return [];
      return [[exampleFolder + name, text.replaceAll("../", above(exampleFolder))]];
    }
    if (path.startsWith("test/")) {
      return [[testFolder + name, text.replaceAll("../", above(testFolder))]];
    }
    return [[sourceFolder + name, text]];
  });
  const files = { ...Object.fromEntries(placed), ...own, "README.md": readmeText(facts) };
  const { layout } = facts;
  const manifest = {
    schemaVersion: 1,
    model: facts.name,
    target: facts.target,
    prefix: emitted.prefix,
    layout,
    files: [...Object.keys(files), MANIFEST].sort(),
  };
  return {
    layout,
    files: { ...files, [MANIFEST]: JSON.stringify(manifest, null, 2) + "\n" },
    sources: Object.keys(emitted.files).filter((path) => /^[^/]*\.c$/.test(path))
      .map((name) => sourceFolder + name),
    sourceFolder,
    testFolder,
  };
}
