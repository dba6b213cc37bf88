using System;
using System.Collections.Generic;

namespace Depot.Roster;

public sealed record Shift(DateTime StartsAt, DateTime EndsAt, string Line);

/// <summary>A driver with the shifts of the week; drivers on leave have none.</summary>
public sealed class Driver
{
    public Driver(string name) => Name = name;

    public string Name { get; }

    public List<Shift> Shifts { get; } = new();
}
