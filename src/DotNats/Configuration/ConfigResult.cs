namespace DotNats.Configuration;

/// <summary>What came of reading a configuration: options, or everything that is wrong with it.</summary>
public sealed record ConfigResult
{
    /// <summary>The options; null when there are errors.</summary>
    public NatsServerOptions? Options { get; init; }

    /// <summary>Everything that is wrong, in the order of the file; a syntax error is always the only one.</summary>
    public IReadOnlyList<ConfigError> Errors { get; init; } = [];

    /// <summary>What is doubtful but usable. <c>nats-server -t</c> fails on these too; a start does not.</summary>
    public IReadOnlyList<ConfigError> Warnings { get; init; } = [];

    /// <summary>The file's digest (<c>sha256:…</c>); null when it could not be parsed.</summary>
    public string? Digest { get; init; }

    /// <summary>True when there are options.</summary>
    public bool IsValid => Errors.Count == 0;

    /// <summary>What nats-server prints behind its name: warnings, then errors, one a line; empty when there are neither.</summary>
    public override string ToString()
    {
        if (Errors is [{ MessageSaysPlace: true } syntax])
            return syntax.ToString();
        return string.Concat(Warnings.Concat(Errors).Select(e => $"{e}\n"));
    }
}
