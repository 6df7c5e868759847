using System.Text.RegularExpressions;
using Shouldly;
using Xunit;

namespace NatsServerApp.Tests.Processes;

/// <summary>What the real nats-server 2.15.1 answered to these command lines (Golden/record), ours answers too: status and both streams.</summary>
public sealed partial class CommandLineGoldenTests
{
    public static TheoryData<string, string> Cases() => GoldenFile.Read("command-line.txt");

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Answers_as_the_real_server_does(string args, string recorded)
    {
        string help = await File.ReadAllTextAsync(Path.Combine(GoldenFile.Folder, "help.txt"), TestContext.Current.CancellationToken);
        (int status, string output, string error) = await ServerExecutable.RunAsync(args.Split(' '));
        string answer = $"status {status}\n" + (output == help ? "out <help>\n" : Prefixed("out ", output)) + Prefixed("err ", Time().Replace(error, "<time>"));
        answer.TrimEnd('\n').ShouldBe(recorded);
    }

    [Fact]
    public async Task Tls_help_goes_to_standard_output()
    {
        (int status, string output, string error) = await ServerExecutable.RunAsync("--help_tls");
        (status, error).ShouldBe((0, ""));
        output.ShouldStartWith("\nTLS ");
        output.ShouldContain("\nAvailable cipher suites include:\n    TLS_");
        output.ShouldContain("\nAvailable curve preferences include:\n    Curve");
    }

    private static string Prefixed(string prefix, string text) =>
        string.Concat(text.Split('\n').SkipLast(text.EndsWith('\n') ? 1 : 0).Where(line => text.Length > 0).Select(line => $"{prefix}{line}\n"));

    [GeneratedRegex(@"\d{4}/\d\d/\d\d [\d:.]+")]
    private static partial Regex Time();
}
