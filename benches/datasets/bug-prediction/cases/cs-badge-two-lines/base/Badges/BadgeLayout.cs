using System.Text;

namespace Kongress.Badges;

/// <summary>Writes a badge in the printer's line language. The printer cuts nothing by itself.</summary>
public sealed class BadgeLayout
{
    private const int NameWidth = 22;
    private const int CompanyWidth = 30;

    public string Render(Attendee attendee)
    {
        var page = new StringBuilder();
        page.Append("N1 ").AppendLine(Fit(attendee.Name, NameWidth));
        page.Append("C1 ").AppendLine(Fit(attendee.Company ?? "", CompanyWidth));
        page.Append("Q1 ").AppendLine(attendee.TicketCode);
        return page.ToString();
    }

    private static string Fit(string text, int width)
    {
        return text.Length <= width ? text : text.Substring(0, width);
    }
}
