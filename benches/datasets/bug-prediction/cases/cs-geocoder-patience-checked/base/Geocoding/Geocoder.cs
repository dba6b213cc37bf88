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

    public Geocoder(IProvider provider, GeocodingOptions options)
    {
        this.provider = provider;
        gate = new SemaphoreSlim(options.Parallel);
    }

    public async Task<Point?> FindAsync(string address, CancellationToken token)
    {
        if (known.TryGetValue(address, out var point))
        {
            return point;
        }
        await gate.WaitAsync(token);
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
