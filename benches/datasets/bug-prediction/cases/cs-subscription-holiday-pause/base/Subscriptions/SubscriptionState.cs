namespace Zeitung.Subscriptions;

public enum SubscriptionState
{
    Trial,
    Active,
    Cancelled,
    Expired,
}
