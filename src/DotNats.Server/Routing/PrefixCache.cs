using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using DotNats.Server.Accounts;

namespace DotNats.Server.Routing;

/// <summary>Match results by the first tokens of subjects, where only those decide: each reply and each acknowledgement has a subject of its own.</summary>
/// <remarks>
/// A table says which of a subject's first bytes decided (<see cref="SubscriptionTable.Match(ReadOnlySpan{byte}, out int)"/>). An entry is found by them and by
/// the number of tokens. How many tokens to look with is remembered by the first bytes of subjects: those of one kind are decided alike.
/// </remarks>
// Owner: a MatchCache, one thread at a time. Invariant: an entry is used only while the versions it was read under are current; its prefix holds the
// first two tokens, which those versions are about.
internal sealed class PrefixCache
{
    private const int Slots = 1024;
    private const int DepthSlots = 256;

    // The first two tokens decide which versions count.
    private const int LeastTokens = 2;

    // Longer subjects, and prefixes of more tokens, are looked up each time.
    private const int MaxSubjectBytes = 256;
    private const int MaxTokens = 16;

    private readonly byte[] _depths = new byte[DepthSlots];
    private Entry[]? _entries;

    /// <summary>The result of a subject, if that of its first tokens is known.</summary>
    public bool TryFind(Account account, ReadOnlySpan<byte> subject, [NotNullWhen(true)] out MatchResult? result)
    {
        result = null;
        if (_entries is null || subject.Length < sizeof(ulong)) return false;
        int depth = _depths[DepthSlot(subject)];
        if (depth == 0 || !TryCut(subject, depth, out int cut, out int tokens)) return false;
        ref Entry entry = ref _entries[SlotOf(subject[..cut], tokens)];
        if (!ReferenceEquals(entry.Account, account) || entry.Tokens != tokens || !SubjectKey.AreEqual(subject[..cut], entry.Prefix)) return false;
        InterestVersions versions = account.Subscriptions.Versions;
        int any = versions.Any;
        if (any != entry.Any)
        {
            if (versions.Read(entry.FirstTokenHash, entry.TwoTokensHash) != entry.Stamp) return false;
            entry.Any = any;
        }

        result = entry.Result;
        return result is not null;
    }

    /// <summary>Keeps a result by the first tokens of a subject; false where all of it decided, or nearly.</summary>
    /// <param name="decided">How many of its first bytes did.</param>
    /// <param name="stamp">Read before the match.</param>
    public bool TryKeep(Account account, ReadOnlySpan<byte> subject, int decided, InterestVersions.Stamp stamp, MatchResult result)
    {
        if (decided >= subject.Length || subject.Length is < sizeof(ulong) or > MaxSubjectBytes) return false;
        int depth = Math.Max(LeastTokens, subject[..decided].Count((byte)'.') + 1);
        if (depth > MaxTokens || !TryCut(subject, depth, out int cut, out int tokens)) return false;
        _depths[DepthSlot(subject)] = (byte)depth;
        ref Entry entry = ref (_entries ??= new Entry[Slots])[SlotOf(subject[..cut], tokens)];
        InterestVersions.PrefixHashes(subject, out uint first, out uint two, out _, out _);
        byte[] prefix = entry.Prefix is { } old && old.Length == cut ? old : new byte[cut];
        subject[..cut].CopyTo(prefix);
        // Any: compared with the versions the first time.
        entry = new Entry
        {
            Any = unchecked(account.Subscriptions.Versions.Any - 1), Account = account, Prefix = prefix, Tokens = tokens, FirstTokenHash = first, TwoTokensHash = two,
            Stamp = stamp, Result = result,
        };
        return true;
    }

    private static int DepthSlot(ReadOnlySpan<byte> subject) => (int)(SubjectKey.Hash(subject[..sizeof(ulong)]) % DepthSlots);

    private static int SlotOf(ReadOnlySpan<byte> prefix, int tokens) => (int)((SubjectKey.Hash(prefix) ^ ((uint)tokens * 0x9E3779B9)) % Slots);

    /// <summary>Where the first tokens end, their last separator included; false where there is nothing behind them, or some token is empty.</summary>
    private static bool TryCut(ReadOnlySpan<byte> subject, int depth, out int cut, out int tokens)
    {
        (cut, tokens) = (0, 1);
        if (subject.Length > MaxSubjectBytes) return false;
        int last = -1;
        int at = 0;
        for (; at <= subject.Length - Vector128<byte>.Count; at += Vector128<byte>.Count)
        {
            uint dots = Vector128.Equals(Vector128.Create(subject[at..]), Vector128.Create((byte)'.')).ExtractMostSignificantBits();
            for (; dots != 0; dots &= dots - 1)
            {
                if (!Pass(at + BitOperations.TrailingZeroCount(dots), depth, ref last, ref tokens, ref cut)) return false;
            }
        }

        for (; at < subject.Length; at++)
        {
            if (subject[at] == '.' && !Pass(at, depth, ref last, ref tokens, ref cut)) return false;
        }

        return cut > 0 && last < subject.Length - 1;
    }

    // A separator; false where the token before it is empty.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Pass(int dot, int depth, ref int last, ref int tokens, ref int cut)
    {
        if (dot == last + 1) return false;
        last = dot;
        if (tokens++ == depth) cut = dot + 1;
        return true;
    }

    private struct Entry
    {
        public int Any;
        public int Tokens;
        public uint FirstTokenHash;
        public uint TwoTokensHash;
        public InterestVersions.Stamp Stamp;
        public Account? Account;
        public byte[]? Prefix;
        public MatchResult? Result;
    }
}
