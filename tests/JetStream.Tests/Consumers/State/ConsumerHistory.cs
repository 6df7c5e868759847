namespace JetStream.Tests.Consumers.State;

/// <summary>What happened to a consumer, and what was said of it.</summary>
/// <param name="Config">Its configuration, as in requests.</param>
/// <param name="StateFile">Bytes of its o.dat in the end.</param>
internal sealed record ConsumerHistory(string Config, IReadOnlyList<HistoryStep> Steps, byte[] StateFile)
{
    public const int Messages = 9;

    /// <summary>The subject of a message of the stream.</summary>
    public static string SubjectOf(int message) => message % 2 == 0 ? "s.even" : "s.odd";

    public static List<ConsumerHistory> ParseAll(IEnumerable<string> lines)
    {
        var histories = new List<ConsumerHistory>();
        foreach (string line in lines.Where(line => line.Length > 0 && line[0] != '#'))
        {
            if (line.StartsWith("consumer ", StringComparison.Ordinal)) histories.Add(new ConsumerHistory(line[9..], [], []));
            else if (line.StartsWith("o.dat ", StringComparison.Ordinal)) histories[^1] = histories[^1] with { StateFile = Convert.FromHexString(line[6..]) };
            else histories[^1] = histories[^1] with { Steps = [.. histories[^1].Steps, HistoryStep.Parse(line)] };
        }

        return histories;
    }

    public IEnumerable<string> Format() => [$"consumer {Config}", .. Steps.Select(step => $"{step.Text} = {step.Said}"), $"o.dat {Convert.ToHexStringLower(StateFile)}", ""];
}

/// <summary>One thing that happened.</summary>
internal sealed record HistoryStep(string Text, string Said)
{
    public string What => Text.Split(' ')[0];

    public ulong Number(int at) => ulong.Parse(Text.Split(' ')[at], System.Globalization.CultureInfo.InvariantCulture);

    public static HistoryStep Parse(string line) => line.Split(" = ") is [var text, var said] ? new HistoryStep(text, said) : new HistoryStep(line, "");
}
