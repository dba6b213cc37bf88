using System;

namespace Wetternetz.Stations;

/// <summary>An hour of a station. Values that the station did not measure are null.</summary>
public sealed record StationRow(string Station, DateTime Hour, decimal? Rain, int? Wind);
