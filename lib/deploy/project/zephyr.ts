import type { LayoutFiles, ProjectFacts } from "./project.ts";

/** A Zephyr module: `-DZEPHYR_EXTRA_MODULES=FOLDER`, then `CONFIG_PREFIX=y`. */
export function zephyrFiles({ emitted: { prefix, usesFloats }, name }: ProjectFacts): LayoutFiles {
  const config = `TINYLOOM_${prefix.toUpperCase()}`;
  return {
    sourceFolder: "",
    exampleFolder: "example/",
    testFolder: "test/",
    own: {
      "zephyr/module.yml": `name: tinyloom_${prefix}
build:
  cmake: .
  kconfig: Kconfig
`,
      "CMakeLists.txt": `if(CONFIG_${config})
  zephyr_include_directories(.)
  zephyr_library_named(tinyloom_${prefix})
  zephyr_library_sources(${prefix}.c ${prefix}_weights.c)
  zephyr_library_compile_options(-O3)
endif()
`,
      "Kconfig": `config ${config}
	bool "${name.replace(/[^\x20-\x7e]|["\\]/g, " ")}, a neural network"${
        usesFloats ? "\n\tselect FPU if CPU_HAS_FPU" : ""
      }
	help
	  The functions of ${prefix}.h.
`,
    },
  };
}
