using System.Collections.Generic;

namespace Exchangely.Pricing;

public sealed record Position(string Isin, string Currency, decimal Amount);

/// <summary>Values portfolios in euros.</summary>
public sealed class Converter
{
    private readonly RateTable _rates;

    public Converter(RateTable rates) => _rates = rates;

    /// <summary>The sum of all positions; those without a published rate are listed.</summary>
    public (decimal Total, List<string> Unpriced) Value(IEnumerable<Position> positions)
    {
        var total = 0m;
        var unpriced = new List<string>();
        foreach (var position in positions)
        {
            if (!_rates.TryGet(position.Currency, out var rate))
            {
                unpriced.Add(position.Isin);
                continue;
            }
            total += position.Amount / rate;
        }
        return (total, unpriced);
    }
}
