using System.Text;
using DotNats.Primitives;

namespace DotNats.Security;

/// <summary>Makes one subject of another: <c>a.*.b</c> into <c>c.$1</c>, <c>c.{{partition(10,1)}}</c>, <c>c.{{split(1,-)}}</c>…</summary>
/// <remarks>Compiled once; immutable and thread-safe; applying it allocates nothing.</remarks>
public sealed class SubjectTransform
{
    // A subject longer than any server's control line is nobody's; without a bound, few bytes could be made into gigabytes.
    internal const int MaxSubjectBytes = 1024 * 1024;

    private readonly TransformPiece[] _pieces;

    // Where the first wildcard of the source stands in every subject it takes: nothing before needs to be looked at.
    private readonly int _firstWildcard;
    private readonly int _firstWildcardOffset;
    private readonly int _fixedBytes;

    // How often a subject's length comes to the result at most.
    private readonly int _copies;

    internal SubjectTransform(string source, string destination, TransformPiece[] pieces)
    {
        Source = source;
        Destination = destination;
        _pieces = pieces;
        string[] tokens = source.Split('.');
        _firstWildcard = Math.Max(0, Array.FindIndex(tokens, token => token is "*" or ">"));
        _firstWildcardOffset = tokens[.._firstWildcard].Sum(token => Encoding.UTF8.GetByteCount(token) + 1);
        foreach (TransformPiece piece in pieces)
        {
            _fixedBytes += piece.FixedBytes;
            _copies += piece.Copies;
        }

        IsSteady = Array.TrueForAll(pieces, piece => piece.Kind != TransformPieceKind.Random);
    }

    /// <summary>The filter of subjects it is for.</summary>
    public string Source { get; }

    /// <summary>As written.</summary>
    public string Destination { get; }

    /// <summary>One subject always becomes the same one: nothing is left to chance.</summary>
    public bool IsSteady { get; }

    /// <summary>Compiles a transform; false with what is wrong, in nats-server's words.</summary>
    /// <param name="source">Null or empty for <c>&gt;</c>.</param>
    /// <param name="destination">An empty one is no transform: true and null.</param>
    /// <param name="strict">For imports, which must be reversible: no function but <c>wildcard</c>, and every wildcard used.</param>
    public static bool TryCreate(string? source, string destination, bool strict, out SubjectTransform? transform, out string? error) =>
        TransformCompiler.TryCompile(source, destination, strict, out transform, out error);

    /// <summary>What is wrong with a transform that messages pass, in nats-server's words: it may not even look like a function that there is not.</summary>
    public static string? FindMappingError(string source, string destination)
    {
        if (TransformCompiler.CheckMappingDestination(destination) is { } error) return error;
        return TryCreate(source, destination, strict: false, out _, out error) ? null : error;
    }

    /// <summary>Bytes that <see cref="TryApply"/> may need for a subject of this length.</summary>
    public long MaxLength(int subjectLength) => _fixedBytes + ((long)_copies * subjectLength);

    /// <summary>The same where messages are on their way: what is longer than any subject finds no room.</summary>
    public int RoomFor(int subjectLength) => (int)Math.Min(MaxLength(subjectLength), MaxSubjectBytes);

    /// <summary>Writes what a subject becomes; false where the destination is too short.</summary>
    /// <param name="subject">A subject that <see cref="Source"/> takes; tokens that are missing count as empty.</param>
    /// <param name="random">Asked by <c>random</c> alone.</param>
    public bool TryApply(ReadOnlySpan<byte> subject, Span<byte> destination, SpreadRandom random, out int written)
    {
        var tokens = new TokenCursor(subject, _firstWildcard, _firstWildcardOffset);
        var writer = new SubjectWriter(destination);
        foreach (ref readonly TransformPiece piece in _pieces.AsSpan())
        {
            if (piece.Kind == TransformPieceKind.Text)
                writer.Append(piece.Text);
            else if (piece.Kind == TransformPieceKind.Token)
                writer.Append(tokens.Token(piece.Token));
            else
                piece.WriteFunction(ref tokens, ref writer, random);
        }

        written = writer.Length;
        return !writer.Overflowed;
    }

    /// <summary>The way back, for strict transforms; null where a wildcard of the source is not in the destination.</summary>
    // Compat: nats-server gives wildcards back in the order of the destination, which is wrong when three or more change places in a circle.
    public SubjectTransform? Invert()
    {
        string[] source = Source.Split('.');
        string[] destination = Destination.Split('.');
        int[] tokenOfPlace = TakePlaces(destination);
        PieceList pieces = new();
        int place = 0;
        for (int i = 0; i < source.Length; i++)
        {
            if (i > 0)
                pieces.AddText(".");
            if (source[i] == ">")
            {
                pieces.Add(TransformPiece.Rest(destination.Length - 1));
            }
            else if (source[i] != "*")
            {
                pieces.AddText(source[i]);
            }
            else
            {
                int token = Array.IndexOf(tokenOfPlace, ++place);
                if (token < 0)
                    return null;
                pieces.Add(TransformPiece.Whole(token));
                source[i] = FormattableString.Invariant($"${tokenOfPlace[..token].Count(used => used != 0) + 1}");
            }
        }

        return new SubjectTransform(string.Join('.', destination), string.Join('.', source), pieces.ToArray());
    }

    // Makes wildcards of what stands for one; the result has the place that each token names, 0 for none.
    private static int[] TakePlaces(string[] destination)
    {
        int[] places = new int[destination.Length];
        for (int i = 0; i < destination.Length; i++)
        {
            _ = MappingFunction.Read(destination[i], out MappingFunction function);
            if (function.Kind != MappingFunctionKind.Wildcard)
                continue;
            // A place below 1 is no wildcard of the source, but it is one of the destination.
            places[i] = function.Places[0] < 1 ? -1 : (int)function.Places[0];
            destination[i] = "*";
        }

        return places;
    }

    public override string ToString() => $"{Source} -> {Destination}";
}
