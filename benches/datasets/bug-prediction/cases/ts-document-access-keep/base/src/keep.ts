/** The items for which the test holds, in their order; the test may take its time. */
export async function keep<T>(items: T[], test: (item: T) => boolean | Promise<boolean>): Promise<T[]> {
  const kept: T[] = [];
  for (const item of items) {
    if (await test(item)) kept.push(item);
  }
  return kept;
}
