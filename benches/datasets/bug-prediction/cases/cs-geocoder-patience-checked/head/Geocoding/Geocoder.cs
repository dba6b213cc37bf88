using System;
using System.Collections.Concurrent;
using System.Threading;
using System.Threading.Tasks;

namespace Touren.Geocoding;

/// <summary>Looks addresses up, each one once; shared by all requests of the planner.</summary>
public sealed class Geocoder
{
    private readonly ConcurrentDictionary<string, Point> known = new();
    private readonly SemaphoreSlim gate;
    private readonly IProvider provider;
    private readonly GeocodingOptions options;

    public Geocoder(IProvider provider, GeocodingOptions options)
    {
        this.provider = provider;
        this.options = options;
        gate = new SemaphoreSlim(options.Parallel);
    }

    /// <summary>Nothing where the provider does not know the address.</summary>
    public async Task<Point?> FindAsync(string address, CancellationToken token)
    {
        address = address.Trim();
        if (known.TryGetValue(address, out var point))
        {
            return point;
        }
        if (!await gate.WaitAsync(options.Patience, token))
        {
            throw new TimeoutException("no free slot for " + address);
        }
        try
        {
            var found = await provider.LookUpAsync(address, token);
            if (found is { } value)
            {
                known[address] = value;
            }
            return found;
        }
        finally
        {
            gate.Release();
        }
    }
}
