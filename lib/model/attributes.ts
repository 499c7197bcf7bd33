/**
 * A value in an operator's option table.
 *
 * @category Models
 */
export type AttributeValue = number | boolean | string | readonly number[] | readonly boolean[];

/**
 * How a window meets the border: zeros around the image, or only whole windows.
 *
 * @category Models
 */
export type Padding = "SAME" | "VALID";

/**
 * Function applied to a result before it is stored.
 *
 * @category Models
 */
export type Activation = "NONE" | "RELU" | "RELU_N1_TO_1" | "RELU6" | "TANH" | "SIGN_BIT";

/**
 * Storage of fully connected weights: row-major, or shuffled for one old kernel.
 *
 * @category Models
 */
export type WeightsFormat = "DEFAULT" | "SHUFFLED4x16INT8";

/**
 * Attributes of an operator that has none.
 *
 * @category Models
 */
export type NoAttributes = Readonly<Record<string, never>>;

/**
 * Attributes of an operator with a fused activation only.
 *
 * @category Models
 */
export interface ActivationAttributes {
  /** Fused activation. */
  readonly activation: Activation;
}

/**
 * Attributes of ADD and SUB.
 *
 * @category Models
 */
export interface AdditionAttributes extends ActivationAttributes {
  /** int16 only: scales are powers of two. */
  readonly potScaleInt16: boolean;
}

/**
 * Steps of a window over an image, in pixels.
 *
 * @category Models
 */
export interface StrideAttributes extends ActivationAttributes {
  /** How windows meet the border. */
  readonly padding: Padding;
  /** Rows from one window to the next. */
  readonly strideH: number;
  /** Columns from one window to the next. */
  readonly strideW: number;
}

/**
 * Attributes of AVERAGE_POOL_2D, L2_POOL_2D and MAX_POOL_2D.
 *
 * @category Models
 */
export interface Pool2dAttributes extends StrideAttributes {
  /** Rows of the window. */
  readonly filterH: number;
  /** Columns of the window. */
  readonly filterW: number;
}
