namespace Zeitung.Subscriptions;

public enum SubscriptionState
{
    Trial,
    Active,
    Paused,
    Cancelled,
    Expired,
}
