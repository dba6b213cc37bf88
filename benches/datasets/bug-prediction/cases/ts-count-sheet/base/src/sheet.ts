/** One line of a count sheet: article, shelf, counted. */
export interface Line {
  article: string;
  shelf: string;
  counted: string;
}

/**
 * Splits a count sheet. The sheet is printed with all articles of a shelf;
 * `counted` is blank where the people did not get to count.
 */
export function readSheet(text: string): Line[] {
  return text
    .split(/\r?\n/)
    .slice(1)
    .filter((line) => line.trim() !== "")
    .map((line) => {
      const [article = "", shelf = "", counted = ""] = line.split("\t");
      return { article: article.trim(), shelf: shelf.trim(), counted: counted.trim() };
    });
}
