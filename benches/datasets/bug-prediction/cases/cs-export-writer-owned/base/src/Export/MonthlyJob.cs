using System;
using System.Threading.Tasks;

namespace Payroll.Export;

/// <summary>Runs on the last working day of a month.</summary>
public sealed class MonthlyJob
{
    private readonly IPayslips _payslips;
    private readonly CsvExporter _exporter;

    public MonthlyJob(IPayslips payslips, CsvExporter exporter)
    {
        _payslips = payslips;
        _exporter = exporter;
    }

    public async Task RunAsync(DateOnly day)
    {
        var month = day.ToString("yyyy-MM");
        var slips = await _payslips.OfMonthAsync(month);
        await _exporter.ExportAsync(month, slips);
        await _payslips.MarkExportedAsync(month);
    }
}
