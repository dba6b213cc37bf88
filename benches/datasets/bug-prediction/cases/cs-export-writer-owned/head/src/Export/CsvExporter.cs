using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading.Tasks;

namespace Payroll.Export;

/// <summary>Writes payslips as CSV for the tax adviser and for the bank.</summary>
public sealed class CsvExporter
{
    private readonly string _folder;

    public CsvExporter(string folder) => _folder = folder;

    public Task ExportAsync(string month, IReadOnlyList<Payslip> slips)
    {
        var path = Path.Combine(_folder, $"payslips-{month}.csv");
        var writer = new StreamWriter(path);
        var rows = slips.Select(slip => $"{slip.Employee};{slip.Gross:F2};{slip.Net:F2}");
        return WriteAsync(writer, "employee;gross;net", rows);
    }

    public Task ExportTransfersAsync(string month, IReadOnlyList<Payslip> slips)
    {
        var path = Path.Combine(_folder, $"transfers-{month}.csv");
        var writer = new StreamWriter(path);
        var rows = slips.Where(slip => slip.Net > 0).Select(slip => $"{slip.Employee};{slip.Net:F2}");
        return WriteAsync(writer, "employee;amount", rows);
    }

    /// <summary>Writes the rows and closes the writer.</summary>
    private static async Task WriteAsync(TextWriter writer, string header, IEnumerable<string> rows)
    {
        await using (writer)
        {
            await writer.WriteLineAsync(header);
            foreach (var row in rows)
            {
                await writer.WriteLineAsync(row);
            }
        }
    }
}
