using System.Collections.Concurrent;

namespace Kongress.Badges;

/// <summary>Badges wait here for the printer at the entrance.</summary>
public sealed class PrintQueue
{
    private readonly ConcurrentQueue<string> pages = new();
    private readonly BadgeLayout layout = new();

    public void Add(Attendee attendee)
    {
        pages.Enqueue(layout.Render(attendee));
    }

    public bool TryTake(out string? page) => pages.TryDequeue(out page);
}
