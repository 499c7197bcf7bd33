/**
 * Passes of the innermost loop of a register block for each test whether to go on; one pass before
 * the loop lets the compiler work out the bounds of all accesses outside it. The pointers move in
 * every pass, so that there are no more bounds to check against than accesses in one.
 */
export const passesPerTest = 8;
