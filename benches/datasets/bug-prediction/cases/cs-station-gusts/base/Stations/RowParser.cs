using System;
using System.Globalization;

namespace Wetternetz.Stations;

/// <summary>
/// Parses lines such as <c>10384;2026-01-04T13:00;0.4;17</c>. Stations write <c>---</c> or
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
        decimal? rain = null;
        if (decimal.TryParse(cells[2], NumberStyles.Number, CultureInfo.InvariantCulture, out var millimetres))
        {
            rain = millimetres;
        }
        int? wind = null;
        if (int.TryParse(cells[3], NumberStyles.Integer, CultureInfo.InvariantCulture, out var kmh))
        {
            wind = kmh;
        }
        return new StationRow(cells[0], hour, rain, wind);
    }
}

public sealed class InvalidLineException : Exception
{
    public InvalidLineException(string line) : base("invalid line: " + line)
    {
    }
}
