using System.Collections.Generic;

namespace Wetternetz.Stations;

/// <summary>Reads the file of an hour; lines that are no rows are counted and left out.</summary>
public sealed class HourlyImport
{
    public int Skipped { get; private set; }

    public List<StationRow> Read(IEnumerable<string> lines)
    {
        var rows = new List<StationRow>();
        foreach (var line in lines)
        {
            try
            {
                rows.Add(RowParser.Parse(line));
            }
            catch (InvalidLineException)
            {
                Skipped++;
            }
        }
        return rows;
    }
}
