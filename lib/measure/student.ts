/** The 97.5 % point of the normal distribution. */
export const normal975 = 1.959963984540054;

/**
 * The 97.5 % point of Student's t distribution with `freedom` degrees of freedom: exact for 1 and
 * 2, else the expansion of Abramowitz and Stegun 26.7.5, which is good to 0.3 %.
 */
export function student975(freedom: number): number {
  if (freedom === 1) return Math.tan(Math.PI * 0.475);
  if (freedom === 2) return 0.95 * Math.sqrt(2 / (1 - 0.95 ** 2));
  const z = normal975;
  return z +
    (z ** 3 + z) / (4 * freedom) +
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * freedom ** 2) +
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / (384 * freedom ** 3) +
    (79 * z ** 9 + 776 * z ** 7 + 1482 * z ** 5 - 1920 * z ** 3 - 945 * z) / (92160 * freedom ** 4);
}
