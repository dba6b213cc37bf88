namespace Stadtwerke.Utility;

/// <summary>Prices of a tariff: cents per kilowatt hour, with up to four decimals, and euros a month.</summary>
public sealed record Tariff(
    string Name, decimal CentsPerKwh, decimal EurosPerMonth, decimal VatPercent, decimal LoyaltyPercent = 0m);
