using System;
using System.Collections.Generic;
using System.Linq;

namespace Depot.Roster;

/// <summary>The order in which the control room calls drivers when somebody is ill.</summary>
public sealed class StandbyList
{
    private readonly RestRules rules = new();

    public IReadOnlyList<Driver> Order(IEnumerable<Driver> drivers, DateTime now)
    {
        return drivers
            .Where(driver => driver.Shifts.Count > 0)
            .OrderBy(driver => rules.AvailableFrom(driver, now))
            .ThenBy(driver => driver.Name)
            .ToList();
    }
}
