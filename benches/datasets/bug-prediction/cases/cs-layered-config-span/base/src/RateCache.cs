using System;
using System.Collections.Generic;
using Rates.Configuration;

namespace Rates
{
    public sealed class RateCache
    {
        private readonly Dictionary<string, Entry> _entries = new Dictionary<string, Entry>();
        private readonly CacheOptions _options;
        private readonly Func<DateTime> _utcNow;

        public RateCache(CacheOptions options, Func<DateTime> utcNow)
        {
            _options = options;
            _utcNow = utcNow;
        }

        public decimal Get(string pair, Func<string, decimal> load)
        {
            DateTime now = _utcNow();
            if (_entries.TryGetValue(pair, out Entry entry) && entry.Expires > now)
            {
                return entry.Rate;
            }
            decimal rate = load(pair);
            if (_entries.Count >= _options.Capacity)
            {
                _entries.Clear();
            }
            _entries[pair] = new Entry { Rate = rate, Expires = now + _options.Lifetime };
            return rate;
        }

        private struct Entry
        {
            public decimal Rate;
            public DateTime Expires;
        }
    }
}
