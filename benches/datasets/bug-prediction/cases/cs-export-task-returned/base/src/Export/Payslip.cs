namespace Payroll.Export;

public sealed record Payslip(string Employee, decimal Gross, decimal Net);
