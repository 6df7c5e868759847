namespace DotNats.JetStream.Origins;

/// <summary>When an origin is asked again.</summary>
/// <remarks>Pure. Compat: nats-server's times.</remarks>
internal static class OriginRetry
{
    /// <summary>How often a consumer shows that it is there.</summary>
    public static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(1);

    /// <summary>Silence after which a consumer is taken for gone, and time after which it goes without us.</summary>
    public static readonly TimeSpan Silence = TimeSpan.FromSeconds(10);

    /// <summary>How long an answer may take.</summary>
    public static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(30);

    /// <summary>The same where a consumer is there already.</summary>
    public static readonly TimeSpan ResetTimeout = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan BackOff = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan MostBackOff = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Jitter = TimeSpan.FromMilliseconds(100);

    /// <summary>How long to wait before asking.</summary>
    /// <param name="sinceLast">Since the last request; null for none.</param>
    /// <param name="failures">How often in a row there was no consumer.</param>
    /// <param name="random">0 to 1: streams that all lost the same origin must not ask at the same moment.</param>
    public static TimeSpan WaitFor(TimeSpan? sinceLast, int failures, double random)
    {
        TimeSpan wait = Jitter + (Jitter * random);
        if (sinceLast is not { } since) return wait;
        if (since < Interval) wait += Interval - since;
        TimeSpan backOff = BackOff * Math.Min(failures * 2, 1000);
        return wait + (backOff < MostBackOff ? backOff : MostBackOff);
    }
}
