import { readSheet } from "./sheet.js";

export interface Stock {
  set(article: string, shelf: string, amount: number): Promise<void>;
}

export interface Report {
  set: number;
  passedOver: number;
}

/** Sets the stock to what was counted. Lines without a count stay as they are. */
export async function importCounts(text: string, stock: Stock): Promise<Report> {
  const report: Report = { set: 0, passedOver: 0 };
  for (const line of readSheet(text)) {
    const amount = Number(line.counted.replace(",", "."));
    if (Number.isNaN(amount)) {
      report.passedOver++;
      continue;
    }
    await stock.set(line.article, line.shelf, amount);
    report.set++;
  }
  return report;
}
