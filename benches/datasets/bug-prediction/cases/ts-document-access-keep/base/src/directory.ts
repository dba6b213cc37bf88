/** The company's directory; answers are kept for a minute. */
export class Directory {
  private readonly kept = new Map<string, { until: number; members: Set<string> }>();

  constructor(private readonly baseUrl: string) {}

  async isMember(group: string, userId: string): Promise<boolean> {
    let entry = this.kept.get(group);
    if (!entry || entry.until < Date.now()) {
      const answer = await fetch(`${this.baseUrl}/groups/${encodeURIComponent(group)}/members`);
      if (!answer.ok) throw new Error(`directory: ${answer.status}`);
      entry = { until: Date.now() + 60_000, members: new Set((await answer.json()) as string[]) };
      this.kept.set(group, entry);
    }
    return entry.members.has(userId);
  }
}

export const directory = new Directory(process.env.DIRECTORY_URL ?? "http://directory.internal.example");
