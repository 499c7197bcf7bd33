// Types of the assertions used here; the npm copy of @std/assert ships none.
export function assert(value: unknown, message?: string): asserts value;
export function assertEquals<T>(actual: T, expected: T, message?: string): void;
export function assertNotEquals<T>(actual: T, expected: T, message?: string): void;
export function assertAlmostEquals(
  actual: number,
  expected: number,
  tolerance?: number,
  message?: string,
): void;
export function assertStringIncludes(actual: string, expected: string, message?: string): void;
export function assertMatch(actual: string, expected: RegExp, message?: string): void;
export function assertLess<T>(actual: T, expected: T, message?: string): void;
export function assertLessOrEqual<T>(actual: T, expected: T, message?: string): void;
export function assertGreater<T>(actual: T, expected: T, message?: string): void;
export function assertGreaterOrEqual<T>(actual: T, expected: T, message?: string): void;
// deno-lint-ignore no-explicit-any -- a constructor of any arguments
type Constructor<E> = new (...args: any[]) => E;
export function assertThrows<E extends Error>(
  run: () => unknown,
  errorClass?: Constructor<E>,
  messageIncludes?: string,
  message?: string,
): E;
export function assertRejects<E extends Error>(
  run: () => PromiseLike<unknown>,
  errorClass?: Constructor<E>,
  messageIncludes?: string,
  message?: string,
): Promise<E>;
