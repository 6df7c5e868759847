using System.Runtime.CompilerServices;
using DotNats.Security;

namespace DotNats.Server.Routing;

/// <summary>What one receive loop made of subjects lately, by mappings and the transforms of imports: direct-mapped.</summary>
// Owner: its delivery context. Lifetime: its owner's; an entry counts only for the mappings or the transform it was made by, which never change.
// Invariant: what is handed out is a copy in the context's scratch, so that an entry may be used anew while a message is still on its way.
internal sealed class SubjectCache
{
    private const int Slots = 512;

    // Longer subjects are made each time rather than kept.
    private const int MaxKeptBytes = 256;

    // A kept array is used again for the next subject in its slot; room to spare lets it hold most of them.
    private const int KeptBytesStep = 32;

    // There from the first subject on: most loops never make one.
    private Entry[] _entries = [];
    private int _lastMapped;
    private int _lastMade;

    /// <summary>Where a subject goes by the mappings of its account; false where it stays.</summary>
    /// <param name="mapped">In the context's scratch, until the caller releases it; empty where the message is lost.</param>
    public bool TryMap(DeliveryContext context, SubjectMappings mappings, ReadOnlySpan<byte> subject, out ReadOnlySpan<byte> mapped)
    {
        if (subject.Length > MaxKeptBytes) return TryMap(context, mappings.Find(subject), subject, out mapped);
        ref Entry entry = ref Find(mappings, subject, ref _lastMapped, out bool isKnown);
        if (!isKnown) Judge(context, ref entry, mappings, subject);
        if (!entry.HasResult) return TryMap(context, entry.Mapping, subject, out mapped);
        mapped = Copy(context, entry.Made);
        return true;
    }

    /// <summary>Makes a subject of another.</summary>
    /// <param name="made">In the context's scratch, until the caller releases it.</param>
    public bool TryMake(DeliveryContext context, SubjectTransform transform, ReadOnlySpan<byte> subject, out ReadOnlySpan<byte> made)
    {
        if (!transform.IsSteady || subject.Length > MaxKeptBytes) return TryMakeNew(context, transform, subject, out made);
        ref Entry entry = ref Find(transform, subject, ref _lastMade, out bool isKnown);
        if (isKnown)
        {
            made = Copy(context, entry.Made);
            return true;
        }

        if (!TryMakeNew(context, transform, subject, out made)) return false;
        if (made.Length <= MaxKeptBytes) entry.Keep(transform, subject, mapping: null, made);
        return true;
    }

    /// <summary>A subject as it was made before; false where it was not, or is not kept.</summary>
    /// <param name="made">Good only until another subject is made: for who hands it to a connection at once.</param>
    public bool TryRecall(SubjectTransform transform, ReadOnlySpan<byte> subject, out ReadOnlySpan<byte> made)
    {
        ref Entry entry = ref Find(transform, subject, ref _lastMade, out bool isKnown);
        made = isKnown ? entry.Made : default;
        return isKnown;
    }

    private bool TryMap(DeliveryContext context, LocalMapping? mapping, ReadOnlySpan<byte> subject, out ReadOnlySpan<byte> mapped)
    {
        mapped = default;
        if (mapping is null) return false;
        if (mapping.Pick(context.Random) is { } transform) _ = TryMake(context, transform, mapping.Seen(subject), out mapped);
        return true;
    }

    // What goes one way always is made once for all; else only which mapping it is stays the same.
    private static void Judge(DeliveryContext context, ref Entry entry, SubjectMappings mappings, ReadOnlySpan<byte> subject)
    {
        LocalMapping? mapping = mappings.Find(subject);
        if (mapping?.Only is { IsSteady: true } only && TryMakeNew(context, only, mapping.Seen(subject), out ReadOnlySpan<byte> made) && made.Length <= MaxKeptBytes)
            entry.Keep(mappings, subject, mapping, made);
        else
            entry.Keep(mappings, subject, mapping);
    }

    private static bool TryMakeNew(DeliveryContext context, SubjectTransform transform, ReadOnlySpan<byte> subject, out ReadOnlySpan<byte> made)
    {
        Span<byte> room = context.Scratch.Take(transform.RoomFor(subject.Length));
        bool fits = transform.TryApply(subject, room, context.Random, out int length);
        made = fits ? room[..length] : default;
        return fits;
    }

    private static ReadOnlySpan<byte> Copy(DeliveryContext context, ReadOnlySpan<byte> made)
    {
        Span<byte> copy = context.Scratch.Take(made.Length);
        made.CopyTo(copy);
        return copy;
    }

    // As in MatchCache: the subject of the message before needs no hash.
    private ref Entry Find(object maker, ReadOnlySpan<byte> subject, ref int last, out bool isKnown)
    {
        Entry[] entries = _entries;
        isKnown = last < entries.Length && entries[last].IsOf(maker, subject);
        return ref isKnown ? ref entries[last] : ref FindByHash(maker, subject, ref last, out isKnown);
    }

    private ref Entry FindByHash(object maker, ReadOnlySpan<byte> subject, ref int last, out bool isKnown)
    {
        if (_entries.Length == 0) _entries = new Entry[Slots];
        last = (int)((SubjectKey.Hash(subject) ^ (uint)RuntimeHelpers.GetHashCode(maker)) % Slots);
        ref Entry entry = ref _entries[last];
        isKnown = entry.IsOf(maker, subject);
        return ref entry;
    }

    private struct Entry
    {
        private object? _maker;
        private byte[]? _subject;
        private byte[]? _made;
        private int _subjectLength;
        private int _madeLength;

        /// <summary>Of mappings: the one that takes the subject; null for none.</summary>
        public LocalMapping? Mapping { get; private set; }

        /// <summary>What the subject always becomes is known.</summary>
        public bool HasResult { get; private set; }

        public readonly ReadOnlySpan<byte> Made => _made.AsSpan(0, _madeLength);

        public readonly bool IsOf(object maker, ReadOnlySpan<byte> subject) =>
            ReferenceEquals(_maker, maker) && SubjectKey.AreEqual(subject, _subject.AsSpan(0, _subjectLength));

        public void Keep(object maker, ReadOnlySpan<byte> subject, LocalMapping? mapping)
        {
            _maker = maker;
            Mapping = mapping;
            HasResult = false;
            _subjectLength = Fill(ref _subject, subject);
        }

        public void Keep(object maker, ReadOnlySpan<byte> subject, LocalMapping? mapping, ReadOnlySpan<byte> made)
        {
            Keep(maker, subject, mapping);
            _madeLength = Fill(ref _made, made);
            HasResult = true;
        }

        private static int Fill(ref byte[]? kept, ReadOnlySpan<byte> bytes)
        {
            if (kept is null || kept.Length < bytes.Length) kept = new byte[(bytes.Length + KeptBytesStep) / KeptBytesStep * KeptBytesStep];
            bytes.CopyTo(kept);
            return bytes.Length;
        }
    }
}
