namespace Kongress.Badges;

/// <summary>A visitor as the registration form delivers it. Only the name is required.</summary>
public sealed record Attendee(int Id, string Name, string? Company, string TicketCode);
