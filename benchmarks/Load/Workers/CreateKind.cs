using System.Globalization;

namespace Load.Workers;

/// <summary>Where in its stream a consumer begins.</summary>
internal enum CreateStart { All, New, Last, LastPerSubject, Sequence, Time }

/// <summary>One way to create a consumer of a stream whose messages are of all keys in turn, again and again.</summary>
/// <param name="Filters">None for everything.</param>
internal sealed record CreateKind(CreateStart Start, params string[] Filters)
{
    /// <summary>Filters of every sort, each from the beginning, from the last message and from the next.</summary>
    internal static IReadOnlyList<CreateKind> Filtered { get; } = Combine(CreateStart.All, CreateStart.Last, CreateStart.New);

    /// <summary>The same filters, each from somewhere in the middle and with the last message of each subject.</summary>
    internal static IReadOnlyList<CreateKind> Started { get; } = Combine(CreateStart.Sequence, CreateStart.Time, CreateStart.LastPerSubject);

    internal static IReadOnlyList<CreateKind> Of(bool isStarted) => isStarted ? Started : Filtered;

    // The last of each subject is only to be had with a filter.
    private static CreateKind[] Combine(params CreateStart[] starts) =>
        [.. FilterSets.SelectMany(filters => starts.Where(start => start != CreateStart.LastPerSubject || filters.Length > 0).Select(start => new CreateKind(start, filters)))];

    private static IEnumerable<string[]> FilterSets =>
    [
        [],
        ["js.0000.0012345.6"],
        ["js.0000.*.7"],
        ["js.0000.0012345.*"],
        ["js.0000.0012345.>"],
        ["js.0000.>"],
        ["js.0000.0012345.6", "js.0000.0067890.*", "js.0000.0011111.1"],
        ["js.0000.*.1", "js.0000.*.2"],
    ];

    /// <summary>The consumer's configuration.</summary>
    internal string Configuration(string name, long startSequence, string startTime)
    {
        string start = Start switch
        {
            CreateStart.All => "\"all\"",
            CreateStart.New => "\"new\"",
            CreateStart.Last => "\"last\"",
            CreateStart.LastPerSubject => "\"last_per_subject\"",
            CreateStart.Sequence => $"\"by_start_sequence\",\"opt_start_seq\":{startSequence.ToString(CultureInfo.InvariantCulture)}",
            _ => $"\"by_start_time\",\"opt_start_time\":\"{startTime}\"",
        };
        string filter = Filters.Length switch
        {
            0 => "",
            1 => $",\"filter_subject\":\"{Filters[0]}\"",
            _ => $",\"filter_subjects\":[{string.Join(',', Filters.Select(f => $"\"{f}\""))}]",
        };
        return $$"""{"name":"{{name}}","durable_name":"{{name}}","ack_policy":"explicit","deliver_policy":{{start}}{{filter}}}""";
    }

    /// <summary>The keys it wants.</summary>
    internal int[] WantedKeys(int keys) => [.. Enumerable.Range(0, keys).Where(key => Filters.Length == 0 || Filters.Any(filter => Fits(filter, PublishShape.Subject(key, isSplit: true))))];

    /// <summary>How many messages it must have before it.</summary>
    /// <param name="wanted">As <see cref="WantedKeys"/> says.</param>
    /// <param name="startSequence">Of <see cref="CreateStart.Sequence"/>; of <see cref="CreateStart.Time"/> the first message of that time.</param>
    internal long Expected(long messages, int keys, int[] wanted, long startSequence)
    {
        switch (Start)
        {
            case CreateStart.New: return 0;
            case CreateStart.Last: return wanted.Length > 0 ? 1 : 0;
            case CreateStart.LastPerSubject: return wanted.Length;
            case CreateStart.All: startSequence = 1; break;
        }

        // Sequences of a key: key + 1, and so on by the number of keys.
        return wanted.Sum(key => Rounds(messages - key, keys) - Rounds(startSequence - 1 - key, keys));
    }

    private static long Rounds(long sequences, int keys) => sequences <= 0 ? 0 : (sequences + keys - 1) / keys;

    private static bool Fits(string filter, string subject)
    {
        string[] wanted = filter.Split('.');
        string[] tokens = subject.Split('.');
        for (int i = 0; i < wanted.Length; i++)
        {
            if (wanted[i] == ">") return true;
            if (wanted[i] != "*" && wanted[i] != tokens[i]) return false;
        }

        return wanted.Length == tokens.Length;
    }

    public override string ToString() => $"{Start}:{(Filters.Length == 0 ? "everything" : string.Join('+', Filters))}";
}
