using DotNats.Security;
using DotNats.Server.Routing;

namespace DotNats.Server.Connections;

/// <summary>Answers of publish permission checks for subjects one connection used lately.</summary>
// Owner: the connection's receive side. Lifetime: as the permissions it was made for; a reload makes a new one.
internal sealed class PermissionCache(CompiledPermissions permissions)
{
    // Direct-mapped; nats-server keeps up to 128 answers a connection, a publisher rarely uses more subjects at once.
    private const int Slots = 128;

    // A subject longer than this is judged each time rather than kept.
    private const int MaxKeptSubjectBytes = 256;

    // A kept subject's array is used again for the next one in its slot; room to spare lets it hold most of them.
    private const int KeptBytesStep = 32;

    // There from the first publish on: most connections that may publish something never do.
    private Entry[]? _entries;
    private int _last;

    public bool CanPublish(ReadOnlySpan<byte> subject)
    {
        // As in MatchCache: the subject of the message before needs no hash.
        if (_entries is { } entries && entries[_last].Holds(subject)) return entries[_last].Allowed;
        return Find(subject);
    }

    private bool Find(ReadOnlySpan<byte> subject)
    {
        _entries ??= new Entry[Slots];
        int slot = (int)(SubjectKey.Hash(subject) % Slots);
        ref Entry entry = ref _entries[slot];
        if (!entry.Holds(subject))
        {
            bool allowed = permissions.CanPublish(subject);
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
            _subject is { } kept && SubjectKey.AreEqual(subject, kept.AsSpan(0, _length));

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
