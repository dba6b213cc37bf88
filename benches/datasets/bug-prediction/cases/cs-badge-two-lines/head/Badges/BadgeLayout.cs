using System.Text;

namespace Kongress.Badges;

/// <summary>Writes a badge in the printer's line language. The printer cuts nothing by itself.</summary>
public sealed class BadgeLayout
{
    private const int NameWidth = 22;
    private const int NameLines = 2;
    private const int CompanyWidth = 30;

    public string Render(Attendee attendee)
    {
        var page = new StringBuilder();
        for (var line = 0; line < NameLines; line++)
        {
            page.Append('N').Append(line + 1).Append(' ');
            page.AppendLine(Line(attendee.Name, line, NameWidth).TrimEnd());
        }
        page.Append("C1 ").AppendLine(Line(attendee.Company ?? "", 0, CompanyWidth).TrimEnd());
        page.Append("Q1 ").AppendLine(attendee.TicketCode);
        return page.ToString();
    }

    /// <summary>The n-th line of a text that is broken every <paramref name="width"/> characters.</summary>
    private static string Line(string text, int line, int width)
    {
        return text.Substring(line * width, width);
    }
}
