namespace Accounts.Auth;

/// <summary>Text of the mail with the link.</summary>
public static class ResetMail
{
    public static string Text(string link) =>
        $"Follow {link} within 30 minutes to choose a new password.";
}
