// How amounts and names are written on the page.

const SIGNS: Record<string, string> = { EUR: "€", USD: "$", GBP: "£" };

export function amount(cents: number, currency: string): string {
  const sign = SIGNS[currency] ?? currency;
  const value = (cents / 100).toFixed(2);
  return `${sign} ${value}`;
}

export function firstName(name: string): string {
  const parts = name.trim().split(" ");
  return parts[0];
}

export function plural(count: number, one: string, many: string): string {
  if (count === 1) {
    return `1 ${one}`;
  }
  return `${count} ${many}`;
}

export function shorten(text: string, limit: number): string {
  if (text.length <= limit) {
    return text;
  }
  return text.slice(0, limit - 1) + "…";
}
