using DotNats.Primitives;
using DotNats.Security;

namespace DotNats.JetStream;

/// <summary>Which subjects a stream may take, what it may make of them, and where else it may publish them.</summary>
internal static class SubjectRules
{
    private const string All = ">";

    // A stream that acknowledges what is published there would answer the server's own messages.
    private static readonly string[] ApiSubjects = ["$JS.>", "$JSC.>", "$NRG.>"];

    public static ApiError? ApplySubjects(ref StreamConfig config)
    {
        if (config.Subjects.Count > 0) return config.Mirror is not null ? ApiErrors.MirrorWithSubjects : CheckSubjects(config);
        if (config.Mirror is null && config.Sources.Count == 0) config = config with { Subjects = [config.Name] };
        return null;
    }

    /// <summary>Whether a stream takes a subject that another one takes.</summary>
    // Loops: each stream that is made is compared with all there are.
    public static bool OverlapsOthers(StreamConfig config, StreamSurroundings around)
    {
        foreach (StreamConfig other in around.Streams.Values)
        {
            if (other.Name != config.Name && Overlap(config.Subjects, other.Subjects)) return true;
        }

        return false;
    }

    public static ApiError? CheckTransform(StreamConfig config)
    {
        if (config.SubjectTransform is not { } transform) return null;
        if (transform.Source.Length > 0 && !SubjectText.IsValid(transform.Source))
            return ApiErrors.StreamTransformInvalidSource.With(("{err}", $"invalid subject {transform.Source}"));
        return SubjectTransform.FindMappingError(transform.Source, transform.Destination) is { } error
            ? ApiErrors.StreamTransformInvalidDestination.With(("{err}", error))
            : null;
    }

    public static ApiError? ApplyRepublish(ref StreamConfig config, bool pedantic)
    {
        if (config.Republish is not { } republish) return null;
        if (republish.Source.Length == 0)
        {
            if (pedantic) return ConfigErrors.Pedantic("republish source can not be empty");
            republish = republish with { Source = All };
        }

        // Everything to where it is: right where a transform stores it under another subject than it came with.
        if (republish is { Source: All, Destination: All } && config is { SubjectTransform: { } transform, Subjects.Count: 1 }
            && transform.Source == config.Subjects[0])
        {
            if (pedantic) return ConfigErrors.Pedantic("implicit republish based on subject transform");
            republish = republish with { Source = transform.Destination, Destination = transform.Destination };
        }

        config = config with { Republish = republish };
        if (config.Subjects.Any(subject => SubjectText.Overlap(republish.Destination, subject)))
            return ConfigErrors.Invalid("stream configuration for republish destination forms a cycle");
        return SubjectTransform.TryCreate(republish.Source, republish.Destination, strict: false, out _, out _)
            ? null
            : ConfigErrors.Invalid($"stream configuration for republish with transform from '{republish.Source}' to '{republish.Destination}' not valid");
    }

    // Compat: without a destination nothing is republished, until an update makes one of it.
    /// <summary>Completes the republish directive of an update; why it cannot be, null where it can.</summary>
    public static string? CompleteRepublish(ref StreamConfig config)
    {
        if (config.Republish is not { Destination.Length: 0 } republish) return null;
        config = config with { Republish = republish with { Destination = All } };
        return SubjectTransform.TryCreate(republish.Source, All, strict: false, out _, out _)
            ? null
            : $"stream configuration for republish from '{republish.Source}' to '{All}': invalid subject";
    }

    private static bool Overlap(IReadOnlyList<string> some, IReadOnlyList<string> others)
    {
        for (int i = 0; i < some.Count; i++)
        {
            for (int j = 0; j < others.Count; j++)
            {
                if (SubjectText.Overlap(some[i], others[j])) return true;
            }
        }

        return false;
    }

    private static ApiError? CheckSubjects(StreamConfig config)
    {
        for (int i = 0; i < config.Subjects.Count; i++)
        {
            string subject = config.Subjects[i];
            ApiError? error = CheckSubject(config, subject, isRepeated: config.Subjects.Take(i).Contains(subject, StringComparer.Ordinal));
            if (error is not null) return error;
            string? overlapping = config.Subjects.Skip(i + 1).FirstOrDefault(later => SubjectText.Overlap(later, subject));
            if (overlapping is not null) return ConfigErrors.Invalid($"subject {GoQuote.Quote(subject)} overlaps with {GoQuote.Quote(overlapping)}");
        }

        return null;
    }

    private static ApiError? CheckSubject(StreamConfig config, string subject, bool isRepeated)
    {
        if (!SubjectText.IsValid(subject)) return ConfigErrors.Invalid("invalid subject");
        if (isRepeated) return ConfigErrors.Invalid("duplicate subjects detected");
        if (subject == All && !config.NoAck) return ConfigErrors.Invalid("capturing all subjects requires no-ack to be true");
        if (subject == All && config.Replicas != 1) return ConfigErrors.Invalid("capturing all subjects requires replicas of 1");
        if (config.NoAck) return null;
        if (ApiSubjects.Any(api => SubjectText.Overlap(subject, api)) && !SubjectText.IsInside(subject, "$JS.EVENT.>"))
            return ConfigErrors.Invalid("subjects that overlap with jetstream api require no-ack to be true");
        if (SubjectText.Overlap(subject, "$SYS.>") && !SubjectText.IsInside(subject, "$SYS.ACCOUNT.>"))
            return ConfigErrors.Invalid("subjects that overlap with system api require no-ack to be true");
        return null;
    }
}
