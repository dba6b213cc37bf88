using System;

namespace Touren.Geocoding;

/// <summary>The provider's contract allows four requests at a time; more of them block the account.</summary>
public sealed class GeocodingOptions
{
    public int Parallel { get; init; } = 4;

    /// <summary>How long a request waits for its turn.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(20);
}
