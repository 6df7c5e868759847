using DotNats.Primitives;

namespace DotNats.Security;

/// <summary>A user's permissions, ready for checks on the message path.</summary>
/// <remarks>Immutable and thread-safe; a check allocates nothing. A user without any has none of these (null) and may do everything.</remarks>
public sealed class CompiledPermissions
{
    private readonly EntrySet? _publishAllow;
    private readonly EntrySet? _publishDeny;
    private readonly EntrySet? _subscribeAllow;
    private readonly EntrySet? _subscribeDeny;

    private CompiledPermissions(PermissionSet source)
    {
        Source = source;
        IReadOnlyList<string>? publishAllow = source.Publish?.Allow;
        // Leave to answer is meant as the only leave: without a list of its own, everything else is refused.
        if (source.Responses is not null)
            publishAllow ??= [];
        _publishAllow = CompileList(publishAllow, allowQueue: false);
        _publishDeny = CompileList(NullIfEmpty(source.Publish?.Deny), allowQueue: false);
        _subscribeAllow = CompileList(source.Subscribe?.Allow, allowQueue: true);
        _subscribeDeny = CompileList(NullIfEmpty(source.Subscribe?.Deny), allowQueue: true);
    }

    /// <summary>What these permissions were made from; shown by monitoring and user info.</summary>
    public PermissionSet Source { get; }

    /// <summary>True when some publish can be refused; false lets the caller skip <see cref="CanPublish"/> altogether.</summary>
    public bool RestrictsPublish => _publishAllow is not null || _publishDeny is not null;

    /// <summary>True when some subscription can be refused.</summary>
    public bool RestrictsSubscribe => _subscribeAllow is not null || _subscribeDeny is not null;

    /// <summary>Leave to answer delivered messages, or null. Each connection then keeps a <see cref="ResponsePermits"/>.</summary>
    public ResponsePermission? Responses => Source.Responses;

    /// <summary>Compiles a set; null stays null: no restriction.</summary>
    /// <exception cref="ArgumentException">An entry is no subject; see <see cref="Validate"/> for all of them.</exception>
    public static CompiledPermissions? Compile(PermissionSet? source)
    {
        if (source is null)
            return null;
        IReadOnlyList<string> errors = Validate(source);
        if (errors.Count > 0)
            throw new ArgumentException(string.Join("; ", errors), nameof(source));
        return new CompiledPermissions(source);
    }

    /// <summary>All entries that are no subject, in nats-server's words (<c>publish allow: subject "a..b" is not a valid subject</c>).</summary>
    public static IReadOnlyList<string> Validate(PermissionSet source)
    {
        List<string> errors = [];
        Check("publish allow", source.Publish?.Allow, allowQueue: false);
        Check("publish deny", source.Publish?.Deny, allowQueue: false);
        Check("subscribe allow", source.Subscribe?.Allow, allowQueue: true);
        Check("subscribe deny", source.Subscribe?.Deny, allowQueue: true);
        return errors;

        void Check(string list, IReadOnlyList<string>? entries, bool allowQueue)
        {
            foreach (string text in entries ?? [])
            {
                if (PermissionEntry.Parse(text, allowQueue, out string? error) is null)
                    errors.Add($"{list}: {error}");
            }
        }
    }

    /// <summary>May the user publish here? Answers granted by <see cref="Responses"/> are not looked at: ask <see cref="ResponsePermits"/> when this says no.</summary>
    // Compat: wildcards in the subject count as ordinary words, so "foo.*" lets a client publish to the literal subjects "foo.*" and "foo.>".
    public bool CanPublish(ReadOnlySpan<byte> subject)
    {
        if (_publishAllow is not null && !_publishAllow.Match(subject, default).Plain)
            return false;
        return _publishDeny is null || !_publishDeny.Match(subject, default).Plain;
    }

    /// <summary>May the user subscribe? An empty queue means none.</summary>
    // Compat: as for publishing, the subscription's wildcards are matched as words: allow "s.*" also admits a subscription to "s.>".
    public SubscribeDecision CanSubscribe(ReadOnlySpan<byte> subject, ReadOnlySpan<byte> queue)
    {
        if (_subscribeAllow is not null && !IsAllowed(_subscribeAllow.Match(subject, queue), queue))
            return default;
        if (_subscribeDeny is null)
            return new SubscribeDecision(Allowed: true, FilterDeliveries: false);
        if (IsDenied(_subscribeDeny.Match(subject, queue)))
            return default;
        // A literal subscription was judged just now for the only subject it takes; a wildcard one may take denied subjects.
        bool filter = Subjects.HasWildcards(subject) && _subscribeDeny.Overlaps(subject, queue);
        return new SubscribeDecision(Allowed: true, filter);
    }

    /// <summary>May a message on this subject go to a subscription whose decision said <see cref="SubscribeDecision.FilterDeliveries"/>?</summary>
    /// <param name="queue">The subscription's queue, empty for none.</param>
    public bool CanDeliver(ReadOnlySpan<byte> subject, ReadOnlySpan<byte> queue = default) =>
        _subscribeDeny is null || !IsDenied(_subscribeDeny.Match(subject, queue));

    // Compat: once an entry with a queue takes the subject, only such entries decide about queue subscriptions, even beside a plain one.
    private static bool IsAllowed(EntryMatch match, ReadOnlySpan<byte> queue) =>
        !queue.IsEmpty && match.AnyQueue ? match.Queue : match.Plain;

    private static bool IsDenied(EntryMatch match) => match.Plain || match.Queue;

    private static IReadOnlyList<string>? NullIfEmpty(IReadOnlyList<string>? list) => list is { Count: > 0 } ? list : null;

    private static EntrySet? CompileList(IReadOnlyList<string>? texts, bool allowQueue)
    {
        if (texts is null)
            return null;
        PermissionEntry[] entries = new PermissionEntry[texts.Count];
        for (int i = 0; i < entries.Length; i++)
            entries[i] = PermissionEntry.Parse(texts[i], allowQueue, out string? error) ?? throw new ArgumentException(error);
        return new EntrySet(entries);
    }
}
