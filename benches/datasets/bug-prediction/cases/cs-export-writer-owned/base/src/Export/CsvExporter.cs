using System.Collections.Generic;
using System.IO;
using System.Threading.Tasks;

namespace Payroll.Export;

/// <summary>Writes payslips as CSV for the tax adviser.</summary>
public sealed class CsvExporter
{
    private readonly string _folder;

    public CsvExporter(string folder) => _folder = folder;

    public async Task ExportAsync(string month, IReadOnlyList<Payslip> slips)
    {
        var path = Path.Combine(_folder, $"payslips-{month}.csv");
        using var writer = new StreamWriter(path);
        await writer.WriteLineAsync("employee;gross;net");
        foreach (var slip in slips)
        {
            await writer.WriteLineAsync($"{slip.Employee};{slip.Gross:F2};{slip.Net:F2}");
        }
    }
}
