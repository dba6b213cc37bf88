import { readSheet } from "./sheet.js";

export interface Stock {
  set(article: string, shelf: string, amount: number): Promise<void>;
}

export interface Report {
  set: number;
}

/** Sets the stock to what was counted. Lines without a count stay as they are. */
export async function importCounts(text: string, stock: Stock): Promise<Report> {
  const report: Report = { set: 0 };
  for (const line of readSheet(text)) {
    const amount = parseInt(line.counted, 10);
    if (Number.isNaN(amount)) continue;
    await stock.set(line.article, line.shelf, amount);
    report.set++;
  }
  return report;
}
