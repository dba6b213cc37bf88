using System.Linq;
using Stadtwerke.Utility;
using Xunit;

namespace Stadtwerke.Utility.Tests;

public sealed class BillCalculatorTests
{
    [Fact]
    public void Lines_are_rounded_before_the_tax()
    {
        var tariff = new Tariff("Basis", 31.0500m, 11.90m, 19m);
        var lines = new BillCalculator().Lines(tariff, 2000m, 12);
        Assert.Equal(new[] { 621.00m, 142.80m, 145.12m }, lines.Select(line => line.Euros));
    }
}
