/** Pages of the manual, rendered from the database. */
export interface Page {
  slug: string;
  html: string;
  changed: Date;
}

export interface PageStore {
  find(slug: string): Promise<Page | undefined>;
  all(): Promise<Page[]>;
}

/** Everything on one page, for printing: 6 to 15 MB. */
export async function printEdition(store: PageStore): Promise<string> {
  const pages = await store.all();
  const body = pages.map((page) => `<section id="${page.slug}">${page.html}</section>`);
  return `<!doctype html><title>Manual</title>${body.join('')}`;
}
