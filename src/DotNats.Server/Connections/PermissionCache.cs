using DotNats.Security;

namespace DotNats.Server.Connections;

/// <summary>Answers of publish permission checks for subjects one connection used lately.</summary>
// Owner: the connection's receive side. Lifetime: as the permissions it was made for; a reload makes a new one.
internal sealed class PermissionCache(CompiledPermissions permissions)
{
    // Direct-mapped; nats-server keeps up to 128 answers a connection, a publisher rarely uses more subjects at once.
    private const int Slots = 128;

    private readonly Entry[] _entries = new Entry[Slots];

    public bool CanPublish(ReadOnlySpan<byte> subject)
    {
        uint hash = 2166136261;
        foreach (byte value in subject) hash = (hash ^ value) * 16777619;
        ref Entry entry = ref _entries[hash % Slots];
        if (entry.Subject is { } kept && subject.SequenceEqual(kept)) return entry.Allowed;
        bool allowed = permissions.CanPublish(subject);
        if (subject.Length > 256) return allowed;
        entry = new Entry(subject.ToArray(), allowed);
        return allowed;
    }

    private readonly record struct Entry(byte[]? Subject, bool Allowed);
}
