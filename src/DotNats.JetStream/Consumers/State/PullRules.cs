using System.Globalization;
using DotNats.Protocol.Text;

namespace DotNats.JetStream.Consumers.State;

/// <summary>What a pull consumer's configuration allows in requests.</summary>
internal static class PullRules
{
    /// <summary>What is wrong with a request; null for nothing. Compat: nats-server's order and texts.</summary>
    public static PullStatus? Check(in PullRequest request, ConsumerConfig config) => CheckLimits(request, config) ?? (request.IsJson ? CheckGroup(request, config) : null);

    private static PullStatus? CheckLimits(in PullRequest request, ConsumerConfig config)
    {
        if (config.MaxRequestBatch > 0 && request.Batch > config.MaxRequestBatch)
            return new PullStatus(PullStatusKind.TooManyMessages, Text: config.MaxRequestBatch.ToString(CultureInfo.InvariantCulture));
        if (config.MaxRequestExpiresNanoseconds > 0 && request.ExpiresNanoseconds > config.MaxRequestExpiresNanoseconds)
            return new PullStatus(PullStatusKind.TooLong, Text: GoDuration.FormatNanoseconds(config.MaxRequestExpiresNanoseconds));
        if (config.MaxRequestBytes > 0 && request.MaxBytes > config.MaxRequestBytes)
            return new PullStatus(PullStatusKind.TooManyBytes, Text: config.MaxRequestBytes.ToString(CultureInfo.InvariantCulture));
        return null;
    }

    private static PullStatus? CheckGroup(in PullRequest request, ConsumerConfig config)
    {
        if ((request.MinPending != 0 || request.MinAckPending != 0) && config.PriorityPolicy != PriorityPolicy.Overflow) return Bad("Not a Overflow Priority consumer");
        if (!string.IsNullOrEmpty(request.PinId) && config.PriorityPolicy != PriorityPolicy.PinnedClient) return Bad("Not a Pinned Client Priority consumer");
        if (request.Priority is < 0 or > 9) return Bad("Priority must be between 0 and 9");
        if (config.PriorityPolicy == PriorityPolicy.None) return null;
        if (string.IsNullOrEmpty(request.Group)) return Bad("Priority Group missing");
        foreach (string group in config.PriorityGroups)
        {
            if (group == request.Group) return null;
        }

        return Bad("Invalid Priority Group");
    }

    private static PullStatus Bad(string text) => new(PullStatusKind.BadRequest, Text: text);
}
