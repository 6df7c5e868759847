namespace DotNats.Security;

/// <summary>Subjects a user may use in one direction. A null <see cref="Allow"/> means everything, an empty one means nothing.</summary>
public sealed record SubjectPermission
{
    /// <summary>Subjects (wildcards allowed; for subscriptions also <c>subject queue</c>) that are allowed; null allows all.</summary>
    public IReadOnlyList<string>? Allow { get; init; }

    /// <summary>Subjects that are refused even where <see cref="Allow"/> has them.</summary>
    public IReadOnlyList<string>? Deny { get; init; }
}

/// <summary>Leave to publish to the reply subjects of messages that were delivered (<c>allow_responses</c>).</summary>
public sealed record ResponsePermission
{
    /// <summary>Replies allowed for each delivered message; negative for no limit. nats-server's default is 1.</summary>
    public int MaxMessages { get; init; } = 1;

    /// <summary>How long after the delivery a reply is allowed; negative for no limit. nats-server's default is two minutes.</summary>
    public TimeSpan Expires { get; init; } = TimeSpan.FromMinutes(2);
}

/// <summary>What one user may publish and subscribe to, as written in a configuration file or a JWT.</summary>
public sealed record PermissionSet
{
    public SubjectPermission? Publish { get; init; }

    public SubjectPermission? Subscribe { get; init; }

    public ResponsePermission? Responses { get; init; }
}
