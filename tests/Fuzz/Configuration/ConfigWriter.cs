using System.Globalization;
using System.Text;
using DotNats.Configuration.Language;

namespace Fuzz.Configuration;

/// <summary>Writes a tree of values as a configuration: one plain way, or with every freedom the language gives.</summary>
/// <param name="random">Chooses among the ways; null for the plain one.</param>
internal sealed class ConfigWriter(Random? random)
{
    private const string Blanks = " \t";

    /// <summary>What was moved out of the text: included files by name.</summary>
    public List<(string Path, byte[] Text)> Files { get; } = [];

    /// <summary>And values that the text takes from the environment.</summary>
    public Dictionary<string, string> Environment { get; } = [];

    /// <summary>The text; null when a key has both kinds of quotes, which no form of a key can hold.</summary>
    public string? Write(ConfigMap map)
    {
        if (!CanWrite(map)) return null;
        string entries = Entries(map, top: true);
        return Chance(6) ? $"{Space()}{{\n{entries}\n}}\n" : entries;
    }

    private static bool CanWrite(object value) => value switch
    {
        ConfigMap map => map.Entries.All(e => !(e.Key.Contains('"') && e.Key.Contains('\'')) && !e.Key.Contains('\0') && CanWrite(e.Value.Value)),
        ConfigList list => list.Items.All(i => CanWrite(i.Value)),
        _ => true,
    };

    private string Entries(ConfigMap map, bool top)
    {
        var text = new StringBuilder();
        foreach ((string key, ConfigNode node) in map.Entries)
        {
            if (Chance(30)) text.Append("# a comment } ] \" '\n");
            text.Append(Space());
            bool moved = Chance(25);
            string entry = Key(key) + Separator(node.Value, top || moved) + Ended(Value(node.Value), End());
            text.Append(moved ? Include(entry) : entry);
        }

        return text.ToString();
    }

    private string Include(string entry)
    {
        string name = $"inc{Files.Count}.conf";
        Files.Add((name, Encoding.UTF8.GetBytes(entry)));
        return Pick($"include {name}\n", $"include '{name}'\n", $"INCLUDE \"./{name}\" \n");
    }

    private string Key(string key)
    {
        bool isWord = key.Length > 0 && key.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-') && !key.Equals("include", StringComparison.OrdinalIgnoreCase);
        if (isWord && (random is null || Chance(2))) return key;
        return key.Contains('"') || (Chance(2) && !key.Contains('\'')) ? $"'{key}'" : $"\"{key}\"";
    }

    // At the top a value begins on the line of its separator.
    private string Separator(object value, bool top)
    {
        if (random is null) return ": ";
        if (value is ConfigMap or ConfigList && Chance(3)) return " ";
        return Pick(": ", " = ", ":", "=", " ", "\t:\t", top ? "\n: " : " :\n\n ");
    }

    private string End() => Pick("\n", " \n", ",\n", ";\n", " # and } so on\n", " // { here\n", ", ", " ; ", "\r\n");

    private string ItemEnd() => Pick(" ,", " \n", " ,\n", " # [ not here\n", " // ]\n", " , \r\n");

    // A block brings its line's end, after which another would be one too many.
    private static string Ended(string value, string end) => value.EndsWith('\n') ? value : value + end;

    private string Space() => random is null ? "" : new string([.. Enumerable.Range(0, random.Next(3)).Select(_ => Blanks[random.Next(2)])]) + (Chance(10) ? "\n\n" : "");

    private string Value(object value)
    {
        if (!Chance(25)) return Written(value);
        string name = $"FUZZ_{Environment.Count}";
        Environment[name] = "";
        Environment[name] = new ConfigWriter(null).Written(value);
        return $"${name} ";
    }

    private string Written(object value) => value switch
    {
        ConfigMap map => $"{{{Pick(" ", "\n", "")}{Entries(map, top: false)}{Space()}}}",
        ConfigList list => $"[{Pick(" ", "\n")}{string.Concat(list.Items.Select(i => Ended(Value(i.Value), ItemEnd())))}]",
        string text => Text(text),
        long number => Integer(number),
        double number => Float(number),
        bool flag => flag ? Pick("true ", "Yes ", "ON ") : Pick("false ", "no ", "Off "),
        DateTime date => date.ToString("yyyy-MM-dd'T'HH:mm:ss'Z '", CultureInfo.InvariantCulture),
        _ => throw new ArgumentOutOfRangeException(nameof(value)),
    };

    private string Integer(long number)
    {
        if (Chance(2) && number != 0 && number % 1024 == 0) return Suffixed(number / 1024, Pick("Kb", "KiB", "ki"));
        if (Chance(2) && number != 0 && number % 1_000_000 == 0) return Suffixed(number / 1_000_000, Pick("m", "M"));
        return Suffixed(number, "");
    }

    private static string Suffixed(long number, string suffix) => string.Create(CultureInfo.InvariantCulture, $"{number}{suffix} ");

    // Exact to the last digit of the smallest double; the language knows no exponents.
    private static string Float(double number)
    {
        string digits = number.ToString("F1080", CultureInfo.InvariantCulture).TrimEnd('0');
        return digits.EndsWith('.') ? digits + "0 " : digits + " ";
    }

    private string Text(string text)
    {
        bool isWord = text.Length > 0 && char.IsAsciiLetter(text[0]) && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '>' or '*' or '-') && !BoolWords.TryParse(text, out _);
        bool isBlock = text.EndsWith('\n') && !text.Contains("\n)", StringComparison.Ordinal) && !text.Contains('\0');
        if (isWord && Chance(2)) return text + " ";
        if (isBlock && Chance(2)) return $"({text})\n";
        if (Chance(3) && !text.Contains('\'') && !text.Contains('\0')) return $"'{text}' ";
        return $"\"{string.Concat(text.EnumerateRunes().Select(Escaped))}\" ";
    }

    private string Escaped(Rune rune) => rune.Value switch
    {
        '"' => "\\\"",
        '\\' => @"\\",
        0 => @"\x00",
        '\n' => Pick(@"\n", "\n"),
        '\t' => Pick(@"\t", "\t"),
        '\r' => Pick(@"\r", "\r"),
        _ when Chance(30) => string.Concat(Encoding.UTF8.GetBytes(rune.ToString()).Select(b => $"\\x{b:X2}")),
        _ => rune.ToString(),
    };

    private bool Chance(int oneIn) => random?.Next(oneIn) == 0;

    private string Pick(params string[] from) => random is null ? from[0] : from[random.Next(from.Length)];
}
