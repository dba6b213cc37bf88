/** The list in an answer; none if the answer has no body, as with 204. */
export async function listOf<T>(answer: Response): Promise<T[]> {
  const text = await answer.text();
  return text === "" ? [] : (JSON.parse(text) as T[]);
}
