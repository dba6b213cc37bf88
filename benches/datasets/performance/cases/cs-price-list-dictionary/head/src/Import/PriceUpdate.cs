using System.Collections.Generic;
using System.Linq;

namespace Wholesale.Import;

public sealed record Differences(IReadOnlyList<string> Changed, IReadOnlyList<string> Missing);

/// <summary>Compares our prices with the supplier's.</summary>
public sealed class PriceUpdate
{
    /// <summary>Articles of our range whose price differs from the list's, and those it lacks.</summary>
    public Differences Compare(IReadOnlyCollection<Price> range, PriceFile file)
    {
        var list = file.Read().ToLookup(price => price.Sku);
        var changed = new List<string>();
        var missing = new List<string>();
        foreach (var article in range)
        {
            var listed = list[article.Sku].FirstOrDefault();
            if (listed is null)
            {
                missing.Add(article.Sku);
            }
            else if (listed.Amount != article.Amount)
            {
                changed.Add(article.Sku);
            }
        }
        return new Differences(changed, missing);
    }
}
