using System;
using System.Linq;

namespace Depot.Roster;

/// <summary>Rest times by law and by the agreement of the works council.</summary>
public sealed class RestRules
{
    private static readonly TimeSpan DailyRest = TimeSpan.FromHours(11);
    private static readonly TimeSpan NightRest = TimeSpan.FromHours(13);
    private static readonly TimeSpan NightStart = TimeSpan.FromHours(22);

    /// <summary>From when the driver may be called again.</summary>
    public DateTime AvailableFrom(Driver driver, DateTime now)
    {
        var last = driver.Shifts.OrderBy(shift => shift.EndsAt).Last();
        var rested = last.EndsAt + (IsNight(last) ? NightRest : DailyRest);
        return rested > now ? rested : now;
    }

    private static bool IsNight(Shift shift)
    {
        return shift.EndsAt.Date > shift.StartsAt.Date || shift.EndsAt.TimeOfDay > NightStart;
    }
}
