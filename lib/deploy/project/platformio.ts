import type { LayoutFiles, ProjectFacts } from "./project.ts";

/** A PlatformIO library: put the folder into a project's `lib`. */
export function platformioFiles({ emitted: { prefix }, name }: ProjectFacts): LayoutFiles {
  const library = {
    name: `tinyloom-${prefix.toLowerCase().replaceAll("_", "-")}`,
    version: "1.0.0",
    description: `${name}: a neural network in C`,
    keywords: "neural network, tinyml",
    headers: `${prefix}.h`,
    frameworks: "*",
    platforms: "*",
    build: { srcDir: "src", includeDir: "src", flags: ["-O3"] },
  };
  return {
    sourceFolder: "src/",
    exampleFolder: `examples/${prefix}/`,
    testFolder: "test/",
    own: { "library.json": JSON.stringify(library, null, 2) + "\n" },
  };
}
