using System.Runtime.CompilerServices;
using System.Text.Json;
using JetStream.Tests.Recording;
using Xunit;

namespace JetStream.Tests.Configuration;

/// <summary>Asks a real nats-server about every case and writes its answers into the case file. Not a test: it only runs when told to.</summary>
/// <remarks><c>DOTNATS_RECORD=path/of/nats-server</c>, this class as the only one, <c>-explicit only</c>.</remarks>
public sealed class ConfigRecorder
{
    [Theory(Explicit = true)]
    [InlineData("Configuration/StreamConfig.cases")]
    [InlineData("Consumers/ConsumerConfig.cases")]
    public void Record_the_real_servers_answers(string file)
    {
        Assert.SkipWhen(RealServer.Path is null, "DOTNATS_RECORD names no nats-server.");
        string path = Path.Combine(Path.GetDirectoryName(Here())!, "..", file);
        var cases = File.ReadLines(path).Select(ConfigCase.Parse).ToList();
        var recorded = new Dictionary<ConfigCase, ConfigCase>();
        foreach (string server in ConfigServers.Names.Where(name => cases.Exists(c => c.Server == name)))
        {
            using var real = new RealServer(ConfigServers.ConfigurationOf(server));
            foreach (ConfigCase question in cases.Where(c => c.Server == server)) recorded[question] = Ask(real, question);
        }

        File.WriteAllLines(path, cases.Select(question => recorded[question].Format()));
    }

    private static ConfigCase Ask(RealServer real, ConfigCase question)
    {
        foreach (string name in Names(real)) real.Request($"$JS.API.STREAM.DELETE.{name}", "");
        return question with { Steps = [.. question.Steps.Select(step => step with { Answer = Ask(real, step) })] };
    }

    private static string Ask(RealServer real, ConfigStep step)
    {
        string subject = step.IsForConsumer ? step.Do : $"STREAM.{step.Do.Replace(' ', '.')}";
        using JsonDocument answer = JsonDocument.Parse(real.Request($"$JS.API.{subject}", step.Body));
        JsonElement root = answer.RootElement;
        return (root.TryGetProperty("error", out JsonElement error) ? error : root.GetProperty("config")).GetRawText();
    }

    private static List<string> Names(RealServer real)
    {
        using JsonDocument answer = JsonDocument.Parse(real.Request("$JS.API.STREAM.NAMES", ""));
        return [.. answer.RootElement.GetProperty("streams") is { ValueKind: JsonValueKind.Array } names ? names.EnumerateArray().Select(name => name.GetString()!) : []];
    }

    private static string Here([CallerFilePath] string path = "") => path;
}
