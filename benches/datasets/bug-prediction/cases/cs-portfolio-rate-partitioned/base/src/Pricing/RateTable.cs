using System.Collections.Generic;

namespace Exchangely.Pricing;

/// <summary>Today's exchange rates to the euro. A currency once published stays in the table.</summary>
public sealed class RateTable
{
    private readonly Dictionary<string, decimal> _rates = new();

    public void Replace(IEnumerable<KeyValuePair<string, decimal>> rates)
    {
        lock (_rates)
        {
            foreach (var (currency, rate) in rates)
            {
                _rates[currency] = rate;
            }
        }
    }

    public bool TryGet(string currency, out decimal rate)
    {
        lock (_rates)
        {
            return _rates.TryGetValue(currency, out rate);
        }
    }

    public decimal this[string currency]
    {
        get
        {
            lock (_rates)
            {
                return _rates[currency];
            }
        }
    }
}
