using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace DotNats.Security;

/// <summary>Checks the two texts of a transform and cuts the destination into pieces.</summary>
internal sealed class TransformCompiler
{
    private const string BadSubject = "invalid subject";
    private const string BadDestination = "invalid mapping destination";

    private readonly string[] _tokens;
    private readonly bool _strict;
    private readonly bool _hasWildcards;

    // Index of each '*' among the tokens of the source.
    private readonly int[] _stars;
    private readonly PieceList _pieces = new();
    private int _placesUsed;

    private TransformCompiler(string[] source, bool strict)
    {
        _tokens = source;
        _strict = strict;
        _stars = [.. Enumerable.Range(0, source.Length).Where(i => source[i] == "*")];
        _hasWildcards = _stars.Length > 0 || source[^1] == ">";
    }

    public static bool TryCompile(string? source, string destination, bool strict, out SubjectTransform? transform, out string? error)
    {
        transform = null;
        error = null;
        if (destination.Length == 0)
            return true;
        source = string.IsNullOrEmpty(source) ? ">" : source;
        string[] from = source.Split('.');
        string[] to = destination.Split('.');
        if (!IsWellFormed(from) || !IsWellFormed(to) || to.Contains("*") || (from[^1] == ">") != (to[^1] == ">"))
        {
            error = BadSubject;
            return false;
        }

        var compiler = new TransformCompiler(from, strict);
        error = compiler.Compile(to, destination);
        if (error is null)
            transform = new SubjectTransform(source, destination, compiler._pieces.ToArray());
        return error is null;
    }

    /// <summary>What account mappings ask of a destination beyond what a transform does; null when it is right.</summary>
    public static string? CheckMappingDestination(string destination)
    {
        if (destination.Length == 0)
            return null;
        string[] tokens = destination.Split('.');
        for (int i = 0; i < tokens.Length; i++)
        {
            string token = tokens[i];
            if (token.Length == 0 || (i > 0 && tokens[i - 1] == ">"))
                return WithToken("invalid transform", token);
            if (MappingFunction.IsWritten(token))
            {
                if (!MappingFunction.IsKnown(token))
                    return WithToken("unknown function", token);
            }
            else if (token.AsSpan().ContainsAny("\t\n\f\r "))
            {
                return $"{BadDestination}: invalid transform";
            }
        }

        return null;
    }

    private string? Compile(string[] destination, string text)
    {
        for (int i = 0; i < destination.Length; i++)
        {
            if (i > 0)
                _pieces.AddText(".");
            if (Add(destination[i], isLast: i == destination.Length - 1) is { } error)
                return error;
        }

        return _strict && _hasWildcards && _placesUsed < _stars.Length ? WithToken("not using all of the token wildcard(s)", text) : null;
    }

    private string? Add(string token, bool isLast)
    {
        if (MappingFunction.Read(token, out MappingFunction function) is { } error)
            return WithToken(error, token);
        if (!IsAllowed(in function, token, out error))
            return error;
        if (function.Kind != MappingFunctionKind.None)
            _pieces.Add(TransformPiece.Of(in function, _hasWildcards ? [.. function.Places.Select(TokenOf)] : []));
        else if (isLast && token == ">")
            _pieces.Add(TransformPiece.Rest(_tokens.Length - 1));
        else
            _pieces.AddText(token);
        return null;
    }

    private bool IsAllowed(in MappingFunction function, string token, [NotNullWhen(false)] out string? error)
    {
        error = null;
        if (!_hasWildcards)
        {
            // Compat: places of a partition are passed over where the source has none.
            if (function.Kind is not (MappingFunctionKind.None or MappingFunctionKind.Random or MappingFunctionKind.Partition))
                error = WithToken("wildcard index out of range", token);
            return error is null;
        }

        if (_strict && function.Kind is not (MappingFunctionKind.None or MappingFunctionKind.Wildcard))
            error = WithToken("the only mapping function allowed for import transforms is {{Wildcard()}}", token);
        _placesUsed += function.Places.Count;
        foreach (long place in function.Places)
        {
            if (place > _stars.Length)
                error ??= WithToken("wildcard index out of range", string.Create(CultureInfo.InvariantCulture, $"{token}: [{place}]"));
        }

        return error is null;
    }

    // Compat: a place below 1 is the subject's first token.
    private int TokenOf(long place) => place < 1 ? 0 : _stars[place - 1];

    // Unlike a filter's, these tokens may hold white space: functions have arguments.
    private static bool IsWellFormed(string[] tokens)
    {
        for (int i = 0; i < tokens.Length; i++)
        {
            if (tokens[i].Length == 0 || (tokens[i] == ">" && i < tokens.Length - 1))
                return false;
        }

        return true;
    }

    private static string WithToken(string error, string token) => token.Length == 0 ? $"{BadDestination}: {error}" : $"{BadDestination}: {error} in {token}";
}
