using System.Text;
using DotNats.Primitives;
using DotNats.Security;

namespace DotNats.JetStream;

/// <summary>What a stream may copy: a mirror one other stream, as it is; sources any number, each once.</summary>
internal static class OriginRules
{
    private const string ApiPrefix = "$JS.API";

    public static ApiError? ApplyMirror(ref StreamConfig config, StreamSurroundings around, bool pedantic)
    {
        if (config.Mirror is not { } mirror) return null;
        ApiError? error = CheckWithMirror(config) ?? CheckConsumer(mirror, ApiErrors.MirrorDurableConsumerCfgInvalid);
        if (error is not null) return error;
        if (mirror.FilterSubject.Length > 0 && mirror.SubjectTransforms.Count > 0) return ApiErrors.MirrorMultipleFiltersNotAllowed;

        // Markers would take sequences that the origin gives to other messages.
        if (config.SubjectDeleteMarkerTtlNanoseconds > 0) return ConfigErrors.Invalid("subject delete markers forbidden on mirrors");
        return CheckMirrorTransforms(mirror.SubjectTransforms) ?? ApplyOrigin(ref config, mirror, around, pedantic);
    }

    public static ApiError? CheckSources(StreamConfig config, StreamSurroundings around)
    {
        if (config.Sources.Count > 0 && config.AllowMessageSchedules) return ApiErrors.SourceWithMsgSchedules;
        var identities = new HashSet<string>(StringComparer.Ordinal);
        var consumers = new HashSet<(string Name, string? Api, string Consumer)>();
        foreach (StreamSource? source in config.Sources)
        {
            if (source is null || !AssetName.IsValid(source.Name)) return ApiErrors.SourceInvalidStreamName;
            if (!identities.Add(IdentityOf(source))) return ApiErrors.SourceDuplicateDetected;
            if (source.FilterSubject.Length > 0 && source.SubjectTransforms.Count > 0) return ApiErrors.SourceMultipleFiltersNotAllowed;
            ApiError? error = CheckSourceTransforms(source.SubjectTransforms) ?? CheckConsumer(source, ApiErrors.SourceDurableConsumerCfgInvalid);
            if (error is not null) return error;
            if (source.Consumer is { } consumer && !consumers.Add((source.Name, source.External?.ApiPrefix, consumer.Name)))
                return ApiErrors.SourceDurableConsumerDuplicateDetected;
            if (source.External is null && TakesLessThan(config, around.Find(source.Name))) return ApiErrors.SourceMaxMessageSizeTooBig;
        }

        return null;
    }

    /// <summary>Prefixes of streams elsewhere: they are subjects, and nothing a stream takes itself may come back under one.</summary>
    public static ApiError? CheckPrefixes(StreamConfig config, StreamSurroundings around)
    {
        var origins = config.Sources.Prepend(config.Mirror).OfType<StreamSource>().ToList();
        var external = origins.Select(origin => origin.External).OfType<ExternalStream>().ToList();
        var subjects = origins.Where(origin => origin.External is null).SelectMany(origin => around.Find(origin.Name)?.Subjects ?? []).ToList();
        foreach (string prefix in external.Select(stream => stream.DeliverPrefix).Where(prefix => prefix.Length > 0))
        {
            if (!SubjectText.IsValidLiteral(prefix)) return ApiErrors.StreamInvalidExternalDeliverySubj.With(("{prefix}", prefix));
            if (subjects.FirstOrDefault(subject => SubjectText.Overlap(subject, $"{prefix}.{subject}")) is { } overlapping)
                return ApiErrors.StreamExternalDelPrefixOverlaps.With(("{prefix}", prefix), ("{subject}", overlapping));
        }

        foreach (string prefix in external.Select(stream => stream.ApiPrefix).Where(prefix => prefix.Length > 0))
        {
            if (!SubjectText.IsValidLiteral(prefix))
                return ConfigErrors.Invalid($"stream external api prefix {GoQuote.Quote(prefix)} must be a valid subject without wildcards");
            if (prefix == ApiPrefix) return ApiErrors.StreamExternalApiOverlap.With(("{prefix}", prefix), ("{subject}", ApiPrefix));
        }

        return null;
    }

    /// <summary>Streams that copy each other in a circle would do so for ever.</summary>
    public static ApiError? CheckCycles(StreamConfig config, StreamSurroundings around)
    {
        var visited = new HashSet<string>(StringComparer.Ordinal);
        var next = new Queue<StreamConfig>([config]);
        while (next.TryDequeue(out StreamConfig? stream))
        {
            visited.Add(stream.Name);
            foreach (StreamSource source in stream.Sources.OfType<StreamSource>().Where(source => source.External is null))
            {
                // A filter that none of the stream's own subjects passes breaks the circle.
                bool closes = visited.Contains(source.Name);
                if (closes && (source.FilterSubject.Length == 0 || stream.Subjects.Any(subject => SubjectText.Overlap(subject, source.FilterSubject))))
                    return ConfigErrors.Invalid("detected cycle");
                if (!closes && around.Find(source.Name) is { } origin) next.Enqueue(origin);
            }

            if (stream.Mirror is not { External: null } mirror) continue;
            if (visited.Contains(mirror.Name)) return ConfigErrors.Invalid("detected cycle");
            if (around.Find(mirror.Name) is { } mirrored) next.Enqueue(mirrored);
        }

        return null;
    }

    /// <summary>Filters that only a new stream is asked about, in words that have no error of their own.</summary>
    public static string? FindBadFilter(StreamConfig config)
    {
        if (config.Mirror is { SubjectTransforms.Count: 0 } mirror && IsBadFilter(mirror.FilterSubject))
            return $"subject filter '{mirror.FilterSubject}' for the mirror invalid subject";
        StreamSource? source = config.Sources.FirstOrDefault(source => source is { SubjectTransforms.Count: 0 } && IsBadFilter(source.FilterSubject));
        return source is null ? null : $"subject filter '{source.FilterSubject}' for the source: invalid subject";
    }

    /// <summary>Whether a start time's offset from UTC is a day or more.</summary>
    public static bool HasTimeThatCannotBeStored(StreamConfig config) =>
        config.Sources.Prepend(config.Mirror).Any(source => source?.StartTime is { } time && Math.Abs(time.OffsetMinutes) >= 24 * 60);

    private static ApiError? CheckWithMirror(StreamConfig config)
    {
        if (config.FirstSequence > 0) return ApiErrors.MirrorWithFirstSeq;
        if (config.Subjects.Count > 0) return ApiErrors.MirrorWithSubjects;
        if (config.Sources.Count > 0) return ApiErrors.MirrorWithSources;
        if (config.AllowMessageCounter) return ApiErrors.MirrorWithCounters;
        if (config.AllowAtomicPublish) return ApiErrors.MirrorWithAtomicPublish;
        if (config.AllowBatchPublish) return ApiErrors.MirrorWithBatchPublish;
        return config.AllowMessageSchedules ? ApiErrors.MirrorWithMsgSchedules : null;
    }

    private static ApiError? ApplyOrigin(ref StreamConfig config, StreamSource mirror, StreamSurroundings around, bool pedantic)
    {
        // A stream elsewhere may have any name, also that of one here.
        if (mirror.External is not null) return null;
        if (!AssetName.IsValid(mirror.Name)) return ApiErrors.MirrorInvalidStreamName;
        if (around.Find(mirror.Name) is not { } origin) return null;
        if (TakesLessThan(config, origin)) return ApiErrors.MirrorMaxMessageSizeTooBig;
        if (pedantic && config.MirrorDirect != origin.AllowDirect) return ConfigErrors.Pedantic("origin stream has direct get set, mirror has it disabled");
        config = config with { MirrorDirect = origin.AllowDirect };
        return null;
    }

    private static ApiError? CheckConsumer(StreamSource source, ApiError error)
    {
        if (source.Consumer is not { } consumer) return null;
        bool isValid = AssetName.IsValid(consumer.Name) && SubjectText.IsValidLiteral(consumer.DeliverSubject)
            && source.StartSequence == 0 && source.StartTime is null && source.FilterSubject.Length == 0;
        return isValid ? null : error;
    }

    private static ApiError? CheckMirrorTransforms(IReadOnlyList<SubjectTransformConfig> transforms)
    {
        for (int i = 0; i < transforms.Count; i++)
        {
            SubjectTransformConfig transform = transforms[i];
            if (IsBadFilter(transform.Source)) return ApiErrors.MirrorInvalidSubjectFilter.With(("{err}", $"invalid subject {transform.Source}"));
            if (SubjectTransform.FindMappingError(transform.Source, transform.Destination) is { } error)
                return ApiErrors.MirrorInvalidTransformDestination.With(("{err}", error));
            if (transforms.Where((_, at) => at != i).Any(other => SubjectText.Overlap(transform.Source, other.Source))) return ApiErrors.MirrorOverlappingSubjectFilters;
        }

        return null;
    }

    private static ApiError? CheckSourceTransforms(IReadOnlyList<SubjectTransformConfig> transforms)
    {
        foreach (SubjectTransformConfig transform in transforms)
        {
            if (IsBadFilter(transform.Source)) return ApiErrors.SourceInvalidSubjectFilter.With(("{err}", $"invalid subject {transform.Source}"));
            if (SubjectTransform.FindMappingError(transform.Source, transform.Destination) is { } error)
                return ApiErrors.SourceInvalidTransformDestination.With(("{err}", error));
        }

        // Compat: filters that overlap without one being inside the other pass here, unlike in a mirror.
        bool overlap = transforms.Where((one, i) => transforms.Where((_, at) => at != i).Any(other => SubjectText.IsInside(one.Source, other.Source))).Any();
        return overlap ? ApiErrors.SourceOverlappingSubjectFilters : null;
    }

    // What is copied from where into what; an empty filter or destination is everything.
    private static string IdentityOf(StreamSource source)
    {
        var identity = new StringBuilder(source.Name);
        if (source.External is { } external) identity.Append("\nexternal ").Append(external.ApiPrefix);
        if (source.Consumer is { } consumer) identity.Append("\nconsumer ").Append(consumer.Name);
        IEnumerable<SubjectTransformConfig> transforms = source.SubjectTransforms.Count > 0
            ? source.SubjectTransforms
            : [new SubjectTransformConfig { Source = source.FilterSubject }];
        foreach (SubjectTransformConfig transform in transforms)
            identity.Append('\n').Append(OrAll(transform.Source)).Append(' ').Append(OrAll(transform.Destination));
        return identity.ToString();
    }

    private static string OrAll(string subject) => subject.Length == 0 ? ">" : subject;

    private static bool IsBadFilter(string filter) => filter.Length > 0 && !SubjectText.IsValid(filter);

    private static bool TakesLessThan(StreamConfig config, StreamConfig? origin) =>
        config.MaxMessageSize > 0 && origin is { MaxMessageSize: > 0 } && config.MaxMessageSize < origin.MaxMessageSize;
}
