using System.Globalization;

namespace Load.Harness;

/// <summary>What the command line asks for.</summary>
internal sealed record LoadOptions
{
    internal string ServerA { get; init; } = "";

    internal string ServerB { get; init; } = "";

    internal IReadOnlyList<string> Cases { get; init; } = [];

    internal int Pairs { get; init; } = 5;

    internal double Seconds { get; init; } = 3;

    internal string? JsonFile { get; init; }

    /// <summary>Where servers keep their streams: on the disk that is meant.</summary>
    internal string StoreRoot { get; init; } = Path.GetTempPath();

    /// <summary>Exit with 3 when a goal is missed.</summary>
    internal bool ChecksGoals { get; init; }

    /// <exception cref="ArgumentException">An unknown option, or one without its value.</exception>
    internal static LoadOptions Parse(ReadOnlySpan<string> arguments)
    {
        LoadOptions options = new();
        List<string> cases = [];
        for (int i = 0; i < arguments.Length; i++)
        {
            string name = arguments[i];
            if (name == "--check-goals")
            {
                options = options with { ChecksGoals = true };
                continue;
            }
            if (name == "--case")
            {
                while (i + 1 < arguments.Length && !arguments[i + 1].StartsWith('-')) cases.Add(arguments[++i]);
                continue;
            }
            if (++i == arguments.Length) throw new ArgumentException($"{name} needs a value");
            options = options.With(name, arguments[i]);
        }
        return options with { Cases = cases };
    }

    private LoadOptions With(string name, string value) => name switch
    {
        "--a" or "--server" => this with { ServerA = value },
        "--b" => this with { ServerB = value },
        "--pairs" => this with { Pairs = Math.Max(1, int.Parse(value, CultureInfo.InvariantCulture)) },
        "--seconds" => this with { Seconds = Math.Clamp(double.Parse(value, CultureInfo.InvariantCulture), 0.1, 600) },
        "--store" => this with { StoreRoot = value },
        "--json" => this with { JsonFile = value },
        _ => throw new ArgumentException($"unknown option {name}"),
    };
}
