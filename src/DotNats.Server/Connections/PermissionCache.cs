using DotNats.Security;
using DotNats.Server.Routing;

namespace DotNats.Server.Connections;

/// <summary>Answers of permission checks for subjects that one connection published to, or was sent, lately.</summary>
// Owner: of publish checks the connection's receive side; of delivery checks whoever holds the connection's lock.
// Lifetime: as the permissions it was made for; a reload makes a new one.
internal sealed class PermissionCache(CompiledPermissions permissions, bool ofDeliveries = false)
{
    // Direct-mapped; nats-server keeps up to 128 answers a connection, a publisher rarely uses more subjects at once.
    private const int Slots = 128;

    // A subject longer than this is judged each time rather than kept.
    private const int MaxKeptSubjectBytes = 256;

    // A kept subject's array is used again for the next one in its slot; room to spare lets it hold most of them.
    private const int KeptBytesStep = 32;

    // There from the first publish on: many connections only publish, or only subscribe.
    private Entry[]? _entries;
    private int _last;

    /// <summary>Whether the connection may publish to the subject, or a plain subscription of it may get a message of the subject.</summary>
    public bool Allows(ReadOnlySpan<byte> subject)
    {
        // As in MatchCache: the subject of the message before needs no hash.
        if (_entries is { } entries && entries[_last].Holds(subject)) return entries[_last].Allowed;
        return Find(subject);
    }

    private bool Find(ReadOnlySpan<byte> subject)
    {
        _entries ??= new Entry[Slots];
        int slot = (int)(MatchCache.Hash(subject) % Slots);
        ref Entry entry = ref _entries[slot];
        if (!entry.Holds(subject))
        {
            bool allowed = ofDeliveries ? permissions.CanDeliver(subject) : permissions.CanPublish(subject);
            if (subject.Length > MaxKeptSubjectBytes) return allowed;
            entry.Keep(subject, allowed);
        }

        _last = slot;
        return entry.Allowed;
    }

    private struct Entry
    {
        private byte[]? _subject;
        private int _length;

        public bool Allowed { get; private set; }

        public readonly bool Holds(ReadOnlySpan<byte> subject) =>
            _length == subject.Length && _subject is { } kept && subject.SequenceEqual(kept.AsSpan(0, subject.Length));

        public void Keep(ReadOnlySpan<byte> subject, bool allowed)
        {
            if (_subject is null || _subject.Length < subject.Length)
                _subject = new byte[(subject.Length + KeptBytesStep) / KeptBytesStep * KeptBytesStep];
            subject.CopyTo(_subject);
            _length = subject.Length;
            Allowed = allowed;
        }
    }
}
