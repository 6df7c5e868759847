using System.Globalization;

namespace Load.Workers;

/// <summary>`--name value` pairs of a child process.</summary>
internal sealed class WorkerArguments(ReadOnlySpan<string> arguments)
{
    private readonly Dictionary<string, string> _values = Read(arguments);

    internal int Integer(string name) => int.Parse(Text(name), CultureInfo.InvariantCulture);

    internal bool Flag(string name) => Text(name) == "true";

    internal string Text(string name) =>
        _values.TryGetValue(name, out string? value) ? value : throw new ArgumentException($"worker argument --{name} is missing");

    private static Dictionary<string, string> Read(ReadOnlySpan<string> arguments)
    {
        Dictionary<string, string> values = [];
        for (int i = 0; i + 1 < arguments.Length; i += 2) values[arguments[i].TrimStart('-')] = arguments[i + 1];
        return values;
    }
}
