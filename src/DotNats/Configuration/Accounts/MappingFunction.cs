using System.Globalization;
using System.Text.RegularExpressions;

namespace DotNats.Configuration.Accounts;

/// <summary>A token of a mapping's destination that stands for something: <c>$1</c>, <c>{{wildcard(1)}}</c>, <c>{{partition(10,1,2)}}</c>…</summary>
/// <param name="Name">Lower case; null for a token that stands for itself.</param>
/// <param name="Places">Wildcards of the source it uses, from 1.</param>
internal readonly partial record struct MappingFunction(string? Name, IReadOnlyList<int> Places)
{
    private const string BadArgument = "function argument is invalid or in the wrong format";
    private const string TooFew = "not enough arguments passed to the function";
    private const string TooMany = "too many arguments passed to the function";

    private static readonly MappingFunction Literal = new(null, []);

    /// <summary>True for anything in double braces.</summary>
    public static bool IsWritten(string token) =>
        token.Length > 4 && token.StartsWith("{{", StringComparison.Ordinal) && token.EndsWith("}}", StringComparison.Ordinal);

    /// <summary>Name of a function in double braces; null for one that does not exist.</summary>
    public static string? NameOf(string token) => Call(token, out _);

    /// <summary>True for <c>{{wildcard(n)}}</c> with an argument.</summary>
    public static bool IsSingleWildcard(string token) => Call(token, out string[] arguments) == "wildcard" && arguments is [{ Length: > 0 }];

    /// <summary>Reads a token; returns what is wrong with its function, or null.</summary>
    public static string? Read(string token, out MappingFunction function)
    {
        function = Literal;
        if (token.Length > 1 && token[0] == '$')
        {
            // Whatever else begins with a dollar sign stands for itself.
            if (TryNumber(token[1..], out int place))
                function = new MappingFunction("wildcard", [place]);
            return null;
        }
        if (!IsWritten(token))
            return null;
        string? name = Call(token, out string[] arguments);
        switch (name)
        {
            case null:
                return "unknown function";
            case "wildcard":
                return Wildcard(arguments, out function);
            case "partition":
                return Partition(arguments, out function);
            case "random":
                function = new MappingFunction(name, []);
                return arguments.Length != 1 ? TooFew : TryNumber(arguments[0], out _) ? null : BadArgument;
            case "split":
                return Split(arguments, out function);
            default:
                return PlaceAndNumber(name, arguments, out function);
        }
    }

    private static string? Wildcard(string[] arguments, out MappingFunction function)
    {
        function = Literal;
        if (arguments is [""])
            return TooFew;
        if (arguments.Length > 1)
            return TooMany;
        if (!TryNumber(arguments[0], out int place))
            return BadArgument;
        function = new MappingFunction("wildcard", [place]);
        return null;
    }

    private static string? Partition(string[] arguments, out MappingFunction function)
    {
        function = Literal;
        List<int> places = [];
        foreach (string argument in arguments)
        {
            if (!TryNumber(argument, out int number))
                return BadArgument;
            places.Add(number);
        }
        function = new MappingFunction("partition", places[1..]);
        return null;
    }

    private static string? Split(string[] arguments, out MappingFunction function)
    {
        function = Literal;
        if (arguments.Length != 2)
            return arguments.Length < 2 ? TooFew : TooMany;
        if (!TryNumber(arguments[0], out int place) || arguments[1].Contains(' ') || arguments[1].Contains('.'))
            return BadArgument;
        function = new MappingFunction("split", [place]);
        return null;
    }

    private static string? PlaceAndNumber(string name, string[] arguments, out MappingFunction function)
    {
        function = Literal;
        if (arguments.Length != 2)
            return arguments.Length < 2 ? TooFew : TooMany;
        if (!TryNumber(arguments[0], out int place) || !TryNumber(arguments[1], out _))
            return BadArgument;
        function = new MappingFunction(name, [place]);
        return null;
    }

    private static bool TryNumber(string text, out int number) =>
        int.TryParse(text.Trim(' '), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);

    private static string? Call(string token, out string[] arguments)
    {
        Match match = Grammar().Match(token);
        arguments = match.Success ? Comma().Split(match.Groups["arguments"].Value) : [];
        return match.Success ? match.Groups["name"].Value.ToLowerInvariant() : null;
    }

    // Only the first letter of each word may be written either way.
    [GeneratedRegex(@"\{\{\s*(?<name>[pP]artition|[wW]ildcard|[sS]plit[fF]rom[lL]eft|[sS]plit[fF]rom[rR]ight|[sS]lice[fF]rom[lL]eft|"
        + @"[sS]lice[fF]rom[rR]ight|[sS]plit|[lL]eft|[rR]ight|[rR]andom)\s*\((?<arguments>.*)\)\s*\}\}")]
    private static partial Regex Grammar();

    [GeneratedRegex(@",\s*")]
    private static partial Regex Comma();
}
