import { type FftStage, fftStages } from "../../model/fft_stages.ts";

/** Real and imaginary part. */
export type Complex<T> = readonly [real: T, imaginary: T];

/**
 * What a transform is computed with: numbers at once, or the values of a kernel that is written.
 * Sums, products and quotients are in the type of the samples, products rounded to it.
 */
export interface FftMachine<T, I> {
  readonly loop: (name: string, count: number, body: (index: I) => void) => void;
  /** Sums, products and differences of places. */
  readonly after: (a: I, b: I | number) => I;
  readonly times: (a: I, by: number) => I;
  readonly before: (a: number, b: I) => I;
  readonly load: (place: I | number) => Complex<T>;
  readonly store: (place: I | number, value: Complex<T>) => void;
  /** `exp(-2 pi i index / n)`, of the inverse transform its conjugate. */
  readonly twiddle: (index: I | number) => Complex<T>;
  /** `exp(-pi i ((index + 1) / n + 1 / 2))`, of the inverse transform its conjugate. */
  readonly realTwiddle: (index: I) => Complex<T>;
  readonly zero: T;
  readonly negate: (a: T) => T;
  readonly add: (a: T, b: T) => T;
  readonly sub: (a: T, b: T) => T;
  readonly half: (a: T) => T;
  /** `(a + b) / 2` and `(a - b) / 2`, where sums wrap in 32 bits only. */
  readonly halfSum: (a: T, b: T) => T;
  readonly halfDifference: (a: T, b: T) => T;
  /** A product of two numbers, and of complex ones. */
  readonly scale: (a: T, b: T) => T;
  readonly multiply: (a: Complex<T>, b: Complex<T>) => Complex<T>;
  /** What integers are divided by before sums of so many of them; floats are left as they are. */
  readonly divide: (a: Complex<T>, by: number) => Complex<T>;
}

/** Sums and differences of complex numbers. */
function complexSums<T, I>({ add, sub }: FftMachine<T, I>) {
  return {
    plus: ([a, b]: Complex<T>, [c, d]: Complex<T>): Complex<T> => [add(a, c), add(b, d)],
    minus: ([a, b]: Complex<T>, [c, d]: Complex<T>): Complex<T> => [sub(a, c), sub(b, d)],
  };
}

/** Where element `i` of a transform of so many comes from: digits of `i` in reverse. */
export function fftOrder(length: number): Int32Array {
  const stages = fftStages(length)!;
  const order = new Int32Array(length);
  const fill = (stage: number, to: number, from: number, stride: number): void => {
    const { radix, length: rest } = stages[stage];
    for (let part = 0; part < radix; part++) {
      if (rest === 1) order[to + part] = from + part * stride;
      else fill(stage + 1, to + part * rest, from + part * stride, stride * radix);
    }
  };
  fill(0, 0, 0, 1);
  return order;
}

/**
 * The complex transform of elements that lie in `fftOrder`, in place. Mixed radix, decimation in time
 * (Cooley and Tukey, 1965), with the order of operations of Kiss FFT 1.3.0.
 */
export function transform<T, I>(
  machine: FftMachine<T, I>,
  { length, isInverse }: { readonly length: number; readonly isInverse: boolean },
): void {
  let stride = length;
  for (const stage of fftStages(length)!.toReversed()) {
    const { radix, length: apart } = stage;
    stride /= radix;
    const butterfly = butterflies<T, I>()[radix];
    machine.loop("block", stride, (block) => {
      machine.loop("at", apart, (at) => {
        const first = machine.after(at, machine.times(block, radix * apart));
        const places = Array.from(
          { length: radix },
          (_, part) => machine.after(first, part * apart),
        );
        const turned = places.map((place, part) => {
          const value = machine.divide(machine.load(place), radix);
          if (part === 0) return value;
          return machine.multiply(value, machine.twiddle(machine.times(at, part * stride)));
        });
        const results = butterfly(machine, turned, { stride, stage, isInverse });
        results.forEach((value, part) => machine.store(places[part], value));
      });
    });
  }
}

/**
 * The spectrum of twice as many real numbers as the complex transform before it had, whose elements
 * are pairs of them: `length` elements become `length + 1` bins in place.
 */
export function splitSpectrum<T, I>(machine: FftMachine<T, I>, length: number): void {
  const { add, sub, zero, negate, divide, load, store, halfSum, halfDifference } = machine;
  const { plus, minus } = complexSums(machine);
  const [real, imaginary] = divide(load(0), 2);
  store(length, [sub(real, imaginary), zero]);
  store(0, [add(real, imaginary), zero]);
  machine.loop("bin", Math.floor(length / 2), (index) => {
    const bin = machine.after(index, 1);
    const mirrored = machine.before(length, bin);
    const own = divide(load(bin), 2);
    const [otherReal, otherImaginary] = load(mirrored);
    const other = divide([otherReal, negate(otherImaginary)], 2);
    const even = plus(own, other);
    const odd = machine.multiply(minus(own, other), machine.realTwiddle(index));
    store(bin, [halfSum(even[0], odd[0]), halfSum(even[1], odd[1])]);
    store(mirrored, [halfDifference(even[0], odd[0]), halfDifference(odd[1], even[1])]);
  });
}

/**
 * What `splitSpectrum` made of a complex transform, undone: `length + 1` bins that `bin` gives become
 * `length` elements, which `put` takes.
 */
export function joinSpectrum<T, I>(
  machine: FftMachine<T, I>,
  { length, bin, put }: {
    readonly length: number;
    readonly bin: (index: I | number) => Complex<T>;
    readonly put: (index: I | number, value: Complex<T>) => void;
  },
): void {
  const { add, sub, negate, divide } = machine;
  const { plus, minus } = complexSums(machine);
  const [[first], [last]] = [bin(0), bin(length)];
  put(0, divide([add(first, last), sub(first, last)], 2));
  machine.loop("bin", Math.floor(length / 2), (index) => {
    const at = machine.after(index, 1);
    const mirrored = machine.before(length, at);
    const own = divide(bin(at), 2);
    const [otherReal, otherImaginary] = bin(mirrored);
    const other = divide([otherReal, negate(otherImaginary)], 2);
    const even = plus(own, other);
    const odd = machine.multiply(minus(own, other), machine.realTwiddle(index));
    put(at, plus(even, odd));
    const [real, imaginary] = minus(even, odd);
    put(mirrored, [real, negate(imaginary)]);
  });
}

type Butterfly<T, I> = (
  machine: FftMachine<T, I>,
  x: readonly Complex<T>[],
  options: { readonly stride: number; readonly stage: FftStage; readonly isInverse: boolean },
) => readonly Complex<T>[];

function butterflies<T, I>(): Readonly<Record<number, Butterfly<T, I>>> {
  return { 2: radix2, 3: radix3, 4: radix4, 5: radix5 };
}

function radix2<T, I>(machine: FftMachine<T, I>, [a, b]: readonly Complex<T>[]) {
  const { plus, minus } = complexSums(machine);
  return [plus(a, b), minus(a, b)];
}

function radix3<T, I>(
  machine: FftMachine<T, I>,
  [a, b, c]: readonly Complex<T>[],
  { stride, stage }: { readonly stride: number; readonly stage: FftStage },
): readonly Complex<T>[] {
  const { add, sub, half, scale, twiddle } = machine;
  const { plus, minus } = complexSums(machine);
  const [, sine] = twiddle(stride * stage.length);
  const sum = plus(b, c);
  const difference = minus(b, c);
  const [turnedReal, turnedImaginary] = [scale(difference[0], sine), scale(difference[1], sine)];
  const [real, imaginary] = [sub(a[0], half(sum[0])), sub(a[1], half(sum[1]))];
  return [
    plus(a, sum),
    [sub(real, turnedImaginary), add(imaginary, turnedReal)],
    [add(real, turnedImaginary), sub(imaginary, turnedReal)],
  ];
}

function radix4<T, I>(
  machine: FftMachine<T, I>,
  [a, b, c, d]: readonly Complex<T>[],
  { isInverse }: { readonly isInverse: boolean },
): readonly Complex<T>[] {
  const { add, sub } = machine;
  const { plus, minus } = complexSums(machine);
  const [even, odd] = [minus(a, c), minus(b, d)];
  const [sum, both] = [plus(a, c), plus(b, d)];
  const forth: Complex<T> = [add(even[0], odd[1]), sub(even[1], odd[0])];
  const back: Complex<T> = [sub(even[0], odd[1]), add(even[1], odd[0])];
  const [second, fourth] = isInverse ? [back, forth] : [forth, back];
  return [plus(sum, both), second, minus(sum, both), fourth];
}

function radix5<T, I>(
  machine: FftMachine<T, I>,
  [a, b, c, d, e]: readonly Complex<T>[],
  { stride, stage }: { readonly stride: number; readonly stage: FftStage },
): readonly Complex<T>[] {
  const { add, sub, scale, twiddle, negate } = machine;
  const { plus, minus } = complexSums(machine);
  const one = twiddle(stride * stage.length);
  const two = twiddle(2 * stride * stage.length);
  const [outer, outerDifference] = [plus(b, e), minus(b, e)];
  const [inner, innerDifference] = [plus(c, d), minus(c, d)];
  const centre = (first: T, second: T): Complex<T> => {
    const part = (i: 0 | 1) => add(add(a[i], scale(outer[i], first)), scale(inner[i], second));
    return [part(0), part(1)];
  };
  const near = centre(one[0], two[0]);
  const far = centre(two[0], one[0]);
  const nearTurn: Complex<T> = [
    add(scale(outerDifference[1], one[1]), scale(innerDifference[1], two[1])),
    sub(negate(scale(outerDifference[0], one[1])), scale(innerDifference[0], two[1])),
  ];
  const farTurn: Complex<T> = [
    add(negate(scale(outerDifference[1], two[1])), scale(innerDifference[1], one[1])),
    sub(scale(outerDifference[0], two[1]), scale(innerDifference[0], one[1])),
  ];
  return [
    plus(a, plus(outer, inner)),
    minus(near, nearTurn),
    plus(far, farTurn),
    minus(far, farTurn),
    plus(near, nearTurn),
  ];
}
