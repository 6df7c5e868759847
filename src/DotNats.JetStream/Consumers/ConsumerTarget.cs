namespace DotNats.JetStream;

internal enum ConsumerRequestKind
{
    /// <summary><c>CONSUMER.CREATE.S</c></summary>
    Ephemeral,

    /// <summary><c>CONSUMER.DURABLE.CREATE.S.C</c></summary>
    Durable,

    /// <summary><c>CONSUMER.CREATE.S.C</c>, with a filter behind it or not.</summary>
    Named,
}

/// <summary>What the subject of a request to create a consumer names.</summary>
internal readonly record struct ConsumerTarget(ConsumerRequestKind Kind, string Stream, string Name, string Filter)
{
    private const int TokensOfPrefix = 4;

    /// <summary>Reads a subject of the API, without a domain; null with an error for a durable's that has no name or too many tokens.</summary>
    public static ConsumerTarget? Parse(string subject, out ApiError? error)
    {
        error = null;
        string[] tokens = subject.Split('.');
        if (tokens.Length > TokensOfPrefix && tokens[TokensOfPrefix - 1] == "DURABLE")
        {
            if (tokens.Length == 7) return new ConsumerTarget(ConsumerRequestKind.Durable, tokens[5], tokens[6], "");
            error = ApiErrors.ConsumerDurableNameNotInSubject;
            return null;
        }

        return tokens.Length <= TokensOfPrefix + 1
            ? new ConsumerTarget(ConsumerRequestKind.Ephemeral, tokens[^1], "", "")
            : new ConsumerTarget(ConsumerRequestKind.Named, tokens[TokensOfPrefix], tokens[TokensOfPrefix + 1], string.Join('.', tokens[(TokensOfPrefix + 2)..]));
    }

    /// <summary>Whether a request says in its body what its subject says; completes the configuration's name.</summary>
    public ApiError? Apply(ConsumerConfigRequest request, out ConsumerConfig config)
    {
        config = request.Config;
        if (Stream != request.Stream) return ApiErrors.StreamMismatch;
        string name = Kind == ConsumerRequestKind.Ephemeral ? config.Name : Name;
        if (name.AsSpan().ContainsAny('\\', '/')) return ApiErrors.ConsumerNameContainsPathSeparators;
        if (Kind == ConsumerRequestKind.Durable && !config.IsDurable) return ApiErrors.ConsumerDurableNameNotSet;
        if (Kind != ConsumerRequestKind.Ephemeral && config.IsDurable && config.Durable != name) return ApiErrors.ConsumerDurableNameNotMatchSubject;
        if (Kind == ConsumerRequestKind.Ephemeral && config.IsDurable) return ApiErrors.ConsumerEphemeralWithDurableName;
        config = (config with { Name = name }).Sharing(name);
        if (Filter.Length == 0) return null;
        if (config.FilterSubjects.Count > 0) return ApiErrors.ConsumerMultipleFiltersNotAllowed;
        return config.FilterSubject != Filter ? ApiErrors.ConsumerCreateFilterSubjectMismatch : null;
    }
}
