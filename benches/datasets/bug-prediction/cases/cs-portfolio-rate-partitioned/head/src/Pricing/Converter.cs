using System.Collections.Generic;
using System.Linq;

namespace Exchangely.Pricing;

public sealed record Position(string Isin, string Currency, decimal Amount);

/// <summary>A portfolio in euros, in all and by currency.</summary>
public sealed record Valuation(
    decimal Total,
    IReadOnlyDictionary<string, decimal> Shares,
    IReadOnlyList<string> Unpriced);

/// <summary>Values portfolios in euros.</summary>
public sealed class Converter
{
    private readonly RateTable _rates;

    public Converter(RateTable rates) => _rates = rates;

    /// <summary>The sum of all positions, and how much of it is in each currency.</summary>
    public Valuation Value(IEnumerable<Position> positions)
    {
        var priced = positions.ToLookup(position => _rates.TryGet(position.Currency, out _));
        var shares = priced[true]
            .GroupBy(position => position.Currency)
            .ToDictionary(
                group => group.Key,
                group => group.Sum(position => position.Amount) / _rates[group.Key]);
        var unpriced = priced[false].Select(position => position.Isin).ToList();
        return new Valuation(shares.Values.Sum(), shares, unpriced);
    }
}
