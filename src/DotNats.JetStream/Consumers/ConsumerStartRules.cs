namespace DotNats.JetStream;

/// <summary>Whether what a consumer says of its beginning fits together.</summary>
internal static class ConsumerStartRules
{
    public static ApiError? Check(ConsumerConfig config)
    {
        (string name, bool takesSequence, bool takesTime) = config.DeliverPolicy switch
        {
            DeliverPolicy.Last => ("last", false, false),
            DeliverPolicy.LastPerSubject => ("last per subject", false, false),
            DeliverPolicy.New => ("new", false, false),
            DeliverPolicy.ByStartSequence => ("by start sequence", true, false),
            DeliverPolicy.ByStartTime => ("by start time", false, true),
            _ => ("all", false, false),
        };
        if (takesSequence && config.StartSequence == 0) return NotSet(name, "start sequence");
        if (takesTime && config.StartTime is null) return NotSet(name, "start time");

        // Compat: only here the sequence is called a start sequence.
        if (!takesSequence && config.StartSequence > 0) return IsSet(name, takesTime ? "start sequence" : "sequence");
        if (!takesTime && config.StartTime is not null) return IsSet(name, "time");
        return config.DeliverPolicy == DeliverPolicy.LastPerSubject && config.Filters.Count == 0 ? NotSet(name, "filter subject") : null;
    }

    private static ApiError IsSet(string policy, string what) => Invalid($"consumer delivery policy is deliver {policy}, but optional start {what} is also set");

    private static ApiError NotSet(string policy, string what) => Invalid($"consumer delivery policy is deliver {policy}, but optional {what} is not set");

    private static ApiError Invalid(string text) => ApiErrors.ConsumerInvalidPolicy.With(("{err}", text));
}
