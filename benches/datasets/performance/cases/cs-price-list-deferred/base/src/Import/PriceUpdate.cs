using System.Collections.Generic;
using System.Linq;

namespace Wholesale.Import;

/// <summary>Finds what became more expensive.</summary>
public sealed class PriceUpdate
{
    /// <summary>Articles of our range whose price differs from the old one.</summary>
    public List<string> Changed(IReadOnlyCollection<Price> range, PriceFile file)
    {
        var old = range.ToDictionary(price => price.Sku, price => price.Amount);
        return file.Read()
            .Where(price => old.TryGetValue(price.Sku, out var before) && before != price.Amount)
            .Select(price => price.Sku)
            .ToList();
    }
}
