using System;
using System.Linq;

namespace Depot.Roster;

/// <summary>Rest times by law and by the agreement of the works council.</summary>
public sealed class RestRules
{
    private static readonly TimeSpan DailyRest = TimeSpan.FromHours(11);

    /// <summary>From when the driver may be called again.</summary>
    public DateTime AvailableFrom(Driver driver, DateTime now)
    {
        var last = driver.Shifts.OrderByDescending(shift => shift.EndsAt).FirstOrDefault();
        if (last is null)
        {
            return now;
        }
        var rested = last.EndsAt + DailyRest;
        return rested > now ? rested : now;
    }
}
