using System;

namespace Rates.Configuration
{
    /// <summary>How the cache of exchange rates behaves.</summary>
    public sealed class CacheOptions
    {
        public CacheOptions(Settings settings)
        {
            Capacity = settings.Number("cache.capacity", 2000);
            Ttl = settings.Number("cache.ttl", 90);
        }

        public int Capacity { get; }

        public int Ttl { get; }

        public TimeSpan Lifetime
        {
            get { return TimeSpan.FromSeconds(Ttl); }
        }
    }
}
