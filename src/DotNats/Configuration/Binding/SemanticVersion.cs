using System.Globalization;
using System.Text.RegularExpressions;

namespace DotNats.Configuration.Binding;

/// <summary>Version numbers in configurations: <c>2.10.1-beta.1</c>.</summary>
internal static partial class SemanticVersion
{
    /// <summary>What is wrong with a leaf node's least version, or null: servers before 2.8.0 do not tell theirs.</summary>
    public static string? CheckLeafNode(string text)
    {
        if (Parse(text) is not { } version)
            return "invalid leafnode's minimum version: invalid semver";
        return version < new Version(2, 8, 0) ? "the minimum version should be at least 2.8.0" : null;
    }

    /// <summary>The three numbers; null for anything else.</summary>
    public static Version? Parse(string text)
    {
        Match match = Grammar().Match(text);
        if (!match.Success)
            return null;
        Span<int> numbers = stackalloc int[3];
        for (int i = 0; i < numbers.Length; i++)
        {
            if (!int.TryParse(match.Groups[i + 1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out numbers[i]))
                return null;
        }
        return new Version(numbers[0], numbers[1], numbers[2]);
    }

    // semver.org's grammar.
    [GeneratedRegex(@"^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$", RegexOptions.CultureInvariant)]
    private static partial Regex Grammar();
}
