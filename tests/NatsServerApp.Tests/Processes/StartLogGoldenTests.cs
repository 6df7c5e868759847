using System.Text.RegularExpressions;
using Shouldly;
using Xunit;

namespace NatsServerApp.Tests.Processes;

/// <summary>What the real nats-server 2.15.1 logged from start to end (Golden/record), ours logs too, and ends with the same status.</summary>
public sealed partial class StartLogGoldenTests
{
    public static TheoryData<string, string> Cases() => GoldenFile.Read("start-log.txt");

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Logs_what_the_real_server_logs(string caseLine, string recorded)
    {
        string[] parts = caseLine.Split(" | ");
        using RunningServer server = await RunningServer.StartAsync(parts[0].Split(' '));
        foreach (string signal in parts[1].Split(' '))
        {
            int before = server.Log.Count(c => c == '\n');
            if (recorded.StartsWith("status 1", StringComparison.Ordinal)) break;
            await server.SignalAsync(signal);
            await server.WaitForAsync(log => log.Count(c => c == '\n') >= before + 2);
        }
        int status = await server.EndAsync();
        $"status {status}\n{Normal(server.Log)}".TrimEnd('\n').ShouldBe(recorded);
    }

    // As the record script does; and our own version has a line that the real server lacks.
    private static string Normal(string log)
    {
        log = OwnVersion().Replace(log, "");
        log = Pid().Replace(log, "[pid]");
        log = Time().Replace(log, "<time>");
        log = ServerId().Replace(log, "<id>");
        return Port().Replace(log, "127.0.0.1:<port>");
    }

    [GeneratedRegex(@"^.*  DotNats:  .*\n", RegexOptions.Multiline)]
    private static partial Regex OwnVersion();

    [GeneratedRegex(@"^\[\d+\]", RegexOptions.Multiline)]
    private static partial Regex Pid();

    [GeneratedRegex(@"\d{4}/\d\d/\d\d [\d:.]+")]
    private static partial Regex Time();

    [GeneratedRegex("N[A-Z2-7]{55}")]
    private static partial Regex ServerId();

    [GeneratedRegex(@"127\.0\.0\.1:[1-9]\d*")]
    private static partial Regex Port();
}
