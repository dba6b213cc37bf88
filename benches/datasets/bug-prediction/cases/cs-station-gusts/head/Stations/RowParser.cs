using System;
using System.Globalization;

namespace Wetternetz.Stations;

/// <summary>
/// Parses lines such as <c>10384;2026-01-04T13:00;0.4;17;31</c>, the last with newer stations
/// only. Stations write <c>---</c> or
/// nothing at all where a sensor failed.
/// </summary>
public static class RowParser
{
    public static StationRow Parse(string line)
    {
        var cells = line.Split(';');
        if (cells.Length < 4)
        {
            throw new InvalidLineException(line);
        }
        var hour = DateTime.ParseExact(cells[1], "yyyy-MM-dd'T'HH:mm", CultureInfo.InvariantCulture);
        var rain = Decimal(cells[2]);
        var wind = Integer(cells[3]);
        var gust = cells.Length > 4 ? Integer(cells[4]) : null;
        return new StationRow(cells[0], hour, rain, wind, gust);
    }

    private static decimal? Decimal(string cell)
    {
        return cell.Length == 0 ? null : decimal.Parse(cell, NumberStyles.Number, CultureInfo.InvariantCulture);
    }

    private static int? Integer(string cell)
    {
        return cell.Length == 0 ? null : int.Parse(cell, NumberStyles.Integer, CultureInfo.InvariantCulture);
    }
}

public sealed class InvalidLineException : Exception
{
    public InvalidLineException(string line) : base("invalid line: " + line)
    {
    }
}
