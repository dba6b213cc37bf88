using System.Collections.Generic;
using System.Linq;

namespace Stadtwerke.Utility;

public sealed record BillLine(string Text, decimal Euros);

/// <summary>Computes the lines of a yearly bill.</summary>
public sealed class BillCalculator
{
    public IReadOnlyList<BillLine> Lines(Tariff tariff, decimal kwh, int months)
    {
        var lines = new List<BillLine>
        {
            new("Energy", Money.ToCents(kwh * tariff.CentsPerKwh / 100m)),
            new("Base price", Money.ToCents(months * tariff.EurosPerMonth)),
        };
        var net = lines.Sum(line => line.Euros);
        lines.Add(new BillLine("VAT", Money.ToCents(net * tariff.VatPercent / 100m)));
        return lines;
    }
}
