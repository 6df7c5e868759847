using System.Text;
using DotNats.Protocol.Text;

namespace DotNats.JetStream;

/// <summary>Name, sizes, numbers and times of a stream: what stands for no limit, and which are too small or too large.</summary>
internal static class CountRules
{
    private const int MaxDescriptionBytes = 4 * 1024;
    private const int MaxMetadataBytes = 128 * 1024;
    private const int MaxReplicas = 5;
    private const long ShortestTimeNanoseconds = 100_000_000;
    private const long DefaultDuplicateWindowNanoseconds = 120_000_000_000;

    public static ApiError? CheckTexts(StreamConfig config)
    {
        if (!AssetName.IsValid(config.Name)) return ConfigErrors.Invalid("stream name is required and can not contain '.', '*', '>', '\\', '/'");
        if (Bytes(config.Name) > AssetName.MaxLength) return ConfigErrors.Invalid($"stream name is too long, maximum allowed is {AssetName.MaxLength}");
        if (Bytes(config.Description) > MaxDescriptionBytes) return ConfigErrors.Invalid($"stream description is too long, maximum allowed is {MaxDescriptionBytes}");
        return config.Metadata.Sum(entry => Bytes(entry.Key) + Bytes(entry.Value)) > MaxMetadataBytes
            ? ConfigErrors.Invalid($"stream metadata exceeds maximum size of {MaxMetadataBytes} bytes")
            : null;
    }

    public static ApiError? ApplyNumbers(ref StreamConfig config, bool pedantic)
    {
        config = config with
        {
            Storage = config.Storage == StorageType.Unset ? StorageType.File : config.Storage,
            Replicas = config.Replicas == 0 ? 1 : config.Replicas,
        };
        if (config.Replicas > MaxReplicas) return ConfigErrors.Invalid($"maximum replicas is {MaxReplicas}");
        if (config.Replicas < 0) return ApiErrors.ReplicasCountCannotBeNegative;
        if (pedantic && FindBelowNone(config) is { } name) return ConfigErrors.Pedantic($"{name} must be set to -1");
        config = config with
        {
            MaxMessages = OrNone(config.MaxMessages),
            MaxMessagesPerSubject = OrNone(config.MaxMessagesPerSubject),
            MaxBytes = OrNone(config.MaxBytes),
            MaxMessageSize = (int)OrNone(config.MaxMessageSize),
            MaxConsumers = OrNone(config.MaxConsumers),
        };
        return null;
    }

    public static ApiError? ApplyTimes(ref StreamConfig config, long maxDuplicateWindow, bool pedantic)
    {
        long age = config.MaxAgeNanoseconds;
        if (age < 0) return ConfigErrors.Invalid("max age can not be negative");
        if (age is > 0 and < ShortestTimeNanoseconds) return ConfigErrors.Invalid("max age needs to be >= 100ms");

        // A stream that only copies others gets messages that were told apart where they were published.
        bool hasDefault = config.Mirror is null && config.Sources.Count == 0;
        if (config.DuplicateWindowNanoseconds == 0 && hasDefault && ApplyDefaultWindow(ref config, maxDuplicateWindow, pedantic) is { } error) return error;

        long window = config.DuplicateWindowNanoseconds;
        if (window < 0) return ConfigErrors.Invalid("duplicates window can not be negative");
        if (age != 0 && window > age) return ConfigErrors.Invalid("duplicates window can not be larger then max age");
        if (maxDuplicateWindow > 0 && window > maxDuplicateWindow)
            return ConfigErrors.Invalid($"duplicates window can not be larger then server limit of {GoDuration.FormatNanoseconds(maxDuplicateWindow)}");
        return window is > 0 and < ShortestTimeNanoseconds ? ConfigErrors.Invalid("duplicates window needs to be >= 100ms") : null;
    }

    private static ApiError? ApplyDefaultWindow(ref StreamConfig config, long maxDuplicateWindow, bool pedantic)
    {
        long window = DefaultDuplicateWindowNanoseconds;
        if (maxDuplicateWindow > 0 && maxDuplicateWindow < window)
        {
            if (pedantic) return ConfigErrors.Pedantic("duplicate window limits are higher than current limits");
            window = maxDuplicateWindow;
        }

        if (config.MaxAgeNanoseconds != 0 && config.MaxAgeNanoseconds < window)
        {
            if (pedantic) return ConfigErrors.Pedantic("duplicate window cannot be bigger than max age");
            window = config.MaxAgeNanoseconds;
        }

        config = config with { DuplicateWindowNanoseconds = window };
        return null;
    }

    private static string? FindBelowNone(StreamConfig config)
    {
        if (config.MaxMessages < -1) return "max_msgs";
        if (config.MaxMessagesPerSubject < -1) return "max_msgs_per_subject";
        if (config.MaxBytes < -1) return "max_bytes";
        if (config.MaxMessageSize < -1) return "max_msg_size";
        return config.MaxConsumers < -1 ? "max_consumers" : null;
    }

    private static long OrNone(long limit) => limit is 0 or < -1 ? -1 : limit;

    private static int Bytes(string text) => Encoding.UTF8.GetByteCount(text);
}
