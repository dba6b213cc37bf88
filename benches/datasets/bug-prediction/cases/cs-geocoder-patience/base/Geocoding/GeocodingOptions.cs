namespace Touren.Geocoding;

/// <summary>The provider's contract allows four requests at a time; more of them block the account.</summary>
public sealed class GeocodingOptions
{
    public int Parallel { get; init; } = 4;
}
