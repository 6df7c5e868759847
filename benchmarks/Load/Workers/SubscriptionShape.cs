namespace Load.Workers;

/// <summary>A million subscriptions of which each published subject matches exactly one; every second has a wildcard.</summary>
internal static class SubscriptionShape
{
    internal const int Connections = 4;
    internal const int PayloadBytes = 16;

    /// <summary>What a message for subscription <paramref name="index"/> is published on.</summary>
    internal static string Subject(int index) => $"orders.{Region(index)}.{index:D7}.new";

    /// <summary>The subscription: literal, or with a wildcard at the end, as the rest, or in the middle.</summary>
    internal static string Filter(int index) => (index % 8) switch
    {
        1 or 7 => $"orders.{Region(index)}.{index:D7}.*",
        3 => $"orders.{Region(index)}.{index:D7}.>",
        5 => $"orders.*.{index:D7}.new",
        _ => Subject(index),
    };

    internal static string Sid(int index) => $"{index:D7}";

    private static string Region(int index) => $"{index % 89:D2}";
}
