using System.Collections.Generic;
using System.Globalization;
using System.IO;

namespace Wholesale.Import;

public sealed record Price(string Sku, decimal Amount);

/// <summary>The supplier's price list, one "sku;amount" a line.</summary>
public sealed class PriceFile
{
    private readonly string _path;

    public PriceFile(string path) => _path = path;

    /// <summary>All prices, read as they are asked for. Lists have up to two million.</summary>
    public IEnumerable<Price> Read()
    {
        foreach (var line in File.ReadLines(_path))
        {
            var cells = line.Split(';');
            yield return new Price(cells[0], decimal.Parse(cells[1], CultureInfo.InvariantCulture));
        }
    }
}
