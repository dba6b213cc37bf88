using System;

namespace Stadtwerke.Utility;

public static class Money
{
    /// <summary>
    /// Rounds to cents as the billing ordinance asks: half a cent goes up, away from zero for
    /// credits. The auditors compare each line with their own calculation.
    /// </summary>
    public static decimal ToCents(decimal euros)
    {
        return Math.Round(euros, 2, MidpointRounding.AwayFromZero);
    }
}
