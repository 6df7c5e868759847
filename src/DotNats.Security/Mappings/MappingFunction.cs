namespace DotNats.Security;

/// <summary>What a destination's token stands for.</summary>
internal enum MappingFunctionKind
{
    /// <summary>Itself.</summary>
    None,
    Wildcard,
    Partition,
    SplitFromLeft,
    SplitFromRight,
    SliceFromLeft,
    SliceFromRight,
    Right,
    Left,
    Split,
    Random,
}

/// <summary>A token of a destination: <c>$1</c>, <c>{{wildcard(1)}}</c>, <c>{{partition(10,1,2)}}</c>… or a plain word.</summary>
/// <param name="Places">Wildcards of the source it uses, from 1; of those below nats-server takes the subject's first token.</param>
/// <param name="Number">Partitions, position, length, bound.</param>
/// <param name="Delimiter">Of <c>split</c>.</param>
internal readonly record struct MappingFunction(MappingFunctionKind Kind, IReadOnlyList<long> Places, int Number = 0, string Delimiter = "")
{
    private const string BadArgument = "function argument is invalid or in the wrong format";
    private const string TooFew = "not enough arguments passed to the function";
    private const string TooMany = "too many arguments passed to the function";

    private static readonly MappingFunction Word = new(MappingFunctionKind.None, []);

    // In the order in which nats-server tries them: a token in which two calls stand is the one that comes first here.
    private static readonly (string Name, MappingFunctionKind Kind)[] Names =
    [
        ("Wildcard", MappingFunctionKind.Wildcard), ("Partition", MappingFunctionKind.Partition),
        ("SplitFromLeft", MappingFunctionKind.SplitFromLeft), ("SplitFromRight", MappingFunctionKind.SplitFromRight),
        ("SliceFromLeft", MappingFunctionKind.SliceFromLeft), ("SliceFromRight", MappingFunctionKind.SliceFromRight),
        ("Right", MappingFunctionKind.Right), ("Left", MappingFunctionKind.Left), ("Split", MappingFunctionKind.Split),
        ("Random", MappingFunctionKind.Random),
    ];

    /// <summary>True for anything in double braces, which then must be a function.</summary>
    public static bool IsWritten(string token) =>
        token.Length > 4 && token.StartsWith("{{", StringComparison.Ordinal) && token.EndsWith("}}", StringComparison.Ordinal);

    /// <summary>True for a token in double braces that calls a function there is.</summary>
    public static bool IsKnown(string token) => TryCall(token, out _, out _);

    /// <summary>True for <c>{{wildcard(n)}}</c> with one argument, whatever it is.</summary>
    public static bool IsSingleWildcard(string token) =>
        FunctionCall.TryFind(token, Names[0].Name, out string[] arguments) && arguments is [{ Length: > 0 }];

    /// <summary>Reads a token; returns what is wrong with its function in nats-server's words, or null.</summary>
    public static string? Read(string token, out MappingFunction function)
    {
        function = Word;
        if (token.Length > 1 && token[0] == '$')
        {
            // Whatever else begins with a dollar sign stands for itself.
            if (FunctionCall.TryNumber(token[1..], out long place))
                function = new MappingFunction(MappingFunctionKind.Wildcard, [place]);
            return null;
        }

        if (!IsWritten(token))
            return null;
        if (!TryCall(token, out MappingFunctionKind kind, out string[] arguments))
            return "unknown function";
        return kind switch
        {
            MappingFunctionKind.Wildcard => Wildcard(arguments, out function),
            MappingFunctionKind.Partition => Partition(arguments, out function),
            MappingFunctionKind.Random => Random(arguments, out function),
            MappingFunctionKind.Split => Split(arguments, out function),
            _ => PlaceAndNumber(kind, arguments, out function),
        };
    }

    private static bool TryCall(string token, out MappingFunctionKind found, out string[] arguments)
    {
        foreach ((string name, MappingFunctionKind kind) in Names)
        {
            found = kind;
            if (FunctionCall.TryFind(token, name, out arguments))
                return true;
        }

        found = MappingFunctionKind.None;
        arguments = [];
        return false;
    }

    private static string? Wildcard(string[] arguments, out MappingFunction function)
    {
        function = Word;
        if (arguments is [""])
            return TooFew;
        if (arguments.Length > 1)
            return TooMany;
        if (!FunctionCall.TryArgument(arguments[0], out long place))
            return BadArgument;
        function = new MappingFunction(MappingFunctionKind.Wildcard, [place]);
        return null;
    }

    private static string? Partition(string[] arguments, out MappingFunction function)
    {
        function = Word;
        long[] numbers = new long[arguments.Length];
        for (int i = 0; i < numbers.Length; i++)
        {
            if (!FunctionCall.TryArgument(arguments[i], out numbers[i]))
                return BadArgument;
        }

        return Truncated(MappingFunctionKind.Partition, numbers[0], numbers[1..], out function);
    }

    private static string? Random(string[] arguments, out MappingFunction function)
    {
        function = Word;
        if (arguments.Length != 1)
            return TooFew;
        return FunctionCall.TryArgument(arguments[0], out long bound) ? Truncated(MappingFunctionKind.Random, bound, [], out function) : BadArgument;
    }

    // Compat: too large is refused, too small loses its upper bits.
    private static string? Truncated(MappingFunctionKind kind, long number, long[] places, out MappingFunction function)
    {
        function = new MappingFunction(kind, places, unchecked((int)number));
        return number > int.MaxValue ? BadArgument : null;
    }

    private static string? Split(string[] arguments, out MappingFunction function)
    {
        function = Word;
        if (arguments.Length != 2)
            return arguments.Length < 2 ? TooFew : TooMany;
        if (!FunctionCall.TryArgument(arguments[0], out long place) || arguments[1].Contains(' ') || arguments[1].Contains('.'))
            return BadArgument;
        function = new MappingFunction(MappingFunctionKind.Split, [place], Delimiter: arguments[1]);
        return null;
    }

    private static string? PlaceAndNumber(MappingFunctionKind kind, string[] arguments, out MappingFunction function)
    {
        function = Word;
        if (arguments.Length != 2)
            return arguments.Length < 2 ? TooFew : TooMany;
        if (!FunctionCall.TryArgument(arguments[0], out long place) || !FunctionCall.TryArgument(arguments[1], out long number)
            || number != (int)number)
            return BadArgument;
        function = new MappingFunction(kind, [place], (int)number);
        return null;
    }
}
