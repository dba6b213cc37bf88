using System.Collections.Generic;
using System.Linq;

namespace Stadtwerke.Utility;

public sealed record BillLine(string Text, decimal Euros);

/// <summary>Computes the lines of a yearly bill.</summary>
public sealed class BillCalculator
{
    public IReadOnlyList<BillLine> Lines(Tariff tariff, decimal kwh, int months)
    {
        var energy = Line("Energy", kwh * tariff.CentsPerKwh / 100m);
        var lines = new List<BillLine> { energy };
        if (tariff.LoyaltyPercent > 0m)
        {
            lines.Add(Line("Loyalty discount", -energy.Euros * tariff.LoyaltyPercent / 100m));
        }
        lines.Add(Line("Base price", months * tariff.EurosPerMonth));
        var net = lines.Sum(line => line.Euros);
        lines.Add(Line("VAT", net * tariff.VatPercent / 100m));
        return lines;
    }

    private static BillLine Line(string text, decimal euros)
    {
        return new BillLine(text, decimal.Round(euros, 2));
    }
}
