import type { LayoutFiles, ProjectFacts } from "./project.ts";

/** A static library; its example and self-test where the project is built by itself. */
export function cmakeFiles({ emitted }: ProjectFacts): LayoutFiles {
  const { prefix, files, usesFloats } = emitted;
  const hasTest = `test/${prefix}_test.c` in files;
  const math = (name: string) => usesFloats ? `\n  target_link_libraries(${name} m)` : "";
  const test = `
  enable_testing()
  add_executable(${prefix}_test test/${prefix}_test.c)
  target_link_libraries(${prefix}_test ${prefix})${math(`${prefix}_test`)}
  add_test(NAME ${prefix} COMMAND ${prefix}_test)`;
  const text = `# add_subdirectory() this folder, then target_link_libraries(YOURS ${prefix}).
cmake_minimum_required(VERSION 3.13)
project(${prefix} C)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()

add_library(${prefix} STATIC ${prefix}.c ${prefix}_weights.c)
target_include_directories(${prefix} PUBLIC \${CMAKE_CURRENT_SOURCE_DIR})
set_target_properties(${prefix} PROPERTIES C_STANDARD 99)

# On its own, and for the machine that builds it: the example and the self-test.
if(CMAKE_SOURCE_DIR STREQUAL CMAKE_CURRENT_SOURCE_DIR AND NOT CMAKE_CROSSCOMPILING)
  add_executable(${prefix}_example example/main.c)
  target_link_libraries(${prefix}_example ${prefix})${math(`${prefix}_example`)}${
    hasTest ? test : ""
  }
endif()
`;
  return {
    sourceFolder: "",
    exampleFolder: "example/",
    testFolder: "test/",
    own: { "CMakeLists.txt": text },
  };
}
