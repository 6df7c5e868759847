using System.Text;
using DotNats.Primitives;

namespace DotNats.Security;

/// <summary>A mapping as it counts on one server: with its place among the others, and the shares of this server's cluster.</summary>
/// <remarks>Immutable and thread-safe.</remarks>
public sealed class LocalMapping : ISubjectEntry
{
    private readonly int[] _upTo;
    private readonly SubjectTransform?[] _transforms;

    internal LocalMapping(MappingRule rule, int rank, MappingShare[] shares)
    {
        Rule = rule;
        Rank = rank;
        _transforms = [.. shares.Select(share => share.Transform)];
        _upTo = [.. shares.Select(share => share.UpTo)];
        Subject = Encoding.UTF8.GetBytes(string.Join('.', rule.Source.Split('.').Select(token => token[0] == '*' ? "*" : token)));
    }

    public MappingRule Rule { get; }

    /// <summary>The one way everything goes by this mapping; null where there are several, or where messages are lost.</summary>
    public SubjectTransform? Only => _upTo is [100] ? _transforms[0] : null;

    /// <summary>The source with every token a star that counts as one.</summary>
    byte[] ISubjectEntry.Subject => Subject;

    internal byte[] Subject { get; }

    internal int Rank { get; }

    /// <summary>The transform of one share, by chance; null where the message is lost.</summary>
    public SubjectTransform? Pick(SpreadRandom random)
    {
        if (Only is { } only)
            return only;
        int chance = random.Next(100);
        for (int i = 0; i < _upTo.Length; i++)
        {
            if (chance < _upTo[i])
                return _transforms[i];
        }

        return null;
    }

    /// <summary>What its transforms are to be given of a subject.</summary>
    // Compat: a rule for one subject sees nothing of it, so that its partition is the same for all: of no bytes at all.
    public ReadOnlySpan<byte> Seen(ReadOnlySpan<byte> subject) => Rule.IsExact ? default : subject;
}
