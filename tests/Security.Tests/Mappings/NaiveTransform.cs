using System.Text;

namespace Security.Tests.Mappings;

/// <summary>Transforms as the documentation tells them, on strings and slowly: a twin to compare with.</summary>
internal static class NaiveTransform
{
    /// <param name="calls">Tokens of the destination: a word, <c>&gt;</c>, or a function's name with its arguments.</param>
    public static string Apply(string source, IReadOnlyList<(string Name, int[] Numbers, string Delimiter)> calls, string subject)
    {
        string[] tokens = subject.Split('.');
        string[] from = source.Split('.');
        List<string> wildcards = [.. from.Select((token, i) => (token, i)).Where(x => x.token == "*").Select(x => tokens[x.i])];
        return string.Join('.', calls.Select(call => Call(call.Name, call.Numbers, call.Delimiter)));

        string Call(string name, int[] numbers, string delimiter)
        {
            string word = numbers.Length > 0 && numbers[0] >= 1 && numbers[0] <= wildcards.Count ? wildcards[numbers[0] - 1] : "";
            int number = numbers.Length > 1 ? numbers[1] : 0;
            bool inside = number > 0 && number < word.Length;
            return name switch
            {
                ">" => string.Join('.', tokens[(from.Length - 1)..]),
                "wildcard" => word,
                "left" => inside ? word[..number] : word,
                "right" => inside ? word[^number..] : word,
                "splitFromLeft" => inside ? $"{word[..number]}.{word[number..]}" : word,
                "splitFromRight" => inside ? $"{word[..^number]}.{word[^number..]}" : word,
                "sliceFromLeft" => inside ? Dotted(word, i => i % number == 0) : word,
                "sliceFromRight" => inside ? Dotted(word, i => (word.Length - i) % number == 0) : word,
                "split" => Split(word, delimiter),
                "partition" => $"{Hash(numbers.Length == 1 ? subject : string.Concat(numbers[1..].Select(place => wildcards[place - 1]))) % (uint)numbers[0]}",
                _ => name,
            };
        }
    }

    private static string Dotted(string word, Func<int, bool> startsSlice) =>
        string.Concat(word.Select((letter, i) => i > 0 && startsSlice(i) ? $".{letter}" : $"{letter}"));

    private static string Split(string word, string delimiter)
    {
        string[] parts = word.Split(delimiter);
        string kept = string.Join('.', parts.Where(part => part.Length > 0));
        // Two or more empty parts in front leave a dot; so nats-server.
        return parts.Length > 2 && parts[0].Length == 0 && parts[1].Length == 0 && kept.Length > 0 ? "." + kept : kept;
    }

    private static uint Hash(string text)
    {
        uint hash = 2166136261;
        foreach (byte value in Encoding.UTF8.GetBytes(text))
            hash = (hash ^ value) * 16777619;
        return hash;
    }
}
