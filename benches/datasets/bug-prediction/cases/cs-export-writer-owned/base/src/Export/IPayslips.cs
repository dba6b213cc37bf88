using System.Collections.Generic;
using System.Threading.Tasks;

namespace Payroll.Export;

public interface IPayslips
{
    Task<IReadOnlyList<Payslip>> OfMonthAsync(string month);

    Task MarkExportedAsync(string month);
}
