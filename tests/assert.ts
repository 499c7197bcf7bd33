// @ts-types="./assert.d.ts"
export * from "@std/assert";
