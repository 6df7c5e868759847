using System.Text;
using System.Text.Json;
using DotNats.JetStream;
using JetStream.Tests.Configuration;
using Shouldly;
using Xunit;

namespace JetStream.Tests.Consumers;

/// <summary>Our rules against what nats-server 2.15.1 answered to the same requests: the same error, or the same configuration to the letter.</summary>
public sealed class RecordedConsumerTests
{
    private const string Version = "2.15.1";

    [Fact]
    public void Every_recorded_request_has_the_same_outcome()
    {
        var cases = ConfigCase.ReadAll("ConsumerConfig.cases").ToList();
        cases.Count.ShouldBeGreaterThan(700);
        var differences = cases.SelectMany(Compare).ToList();
        differences.Count.ShouldBe(0, string.Join("\n\n", differences.Take(20)));
    }

    private static IEnumerable<string> Compare(ConfigCase recorded)
    {
        StreamConfig? stream = null;
        var consumers = new Dictionary<string, ConsumerConfig>(StringComparer.Ordinal);
        foreach (ConfigStep step in recorded.Steps)
        {
            if (!step.IsForConsumer)
            {
                stream = StreamConfigJson.Read(Encoding.UTF8.GetBytes(step.Answer!), out _);
                continue;
            }

            string answer = Answer(step, recorded.Server, stream, consumers);
            if (answer != step.Answer) yield return $"{recorded.Server}: {step.Do} {step.Body}\n  real {step.Answer}\n  ours {answer}";
        }
    }

    private static string Answer(ConfigStep step, string server, StreamConfig? stream, Dictionary<string, ConsumerConfig> consumers)
    {
        ConsumerConfigRequest request = ConsumerConfigReader.Request.ReadStream(Encoding.UTF8.GetBytes(step.Body), new ConsumerConfigRequest(), out string? syntax);
        if (syntax is not null) return Json(ApiErrors.InvalidJSON.With(("{err}", syntax)));
        ConsumerTarget? target = ConsumerTarget.Parse("$JS.API." + step.Do, out ApiError? error);
        ConsumerConfig config = request.Config;
        error ??= target!.Value.Apply(request, out config);
        if (error is not null) return Json(error);
        if (stream is null) return Json(ApiErrors.StreamNotFound);
        ConsumerVerdict verdict = ConsumerCreateRules.Judge(
            config, request.Action, request.Pedantic, ConfigServers.SurroundingsOf(server, stream, consumers), FreshName(step.Answer!));
        if (verdict.Error is { } refusal) return Json(refusal);
        consumers[verdict.Name] = verdict.Config!;
        return Encoding.UTF8.GetString(ConsumerConfigJson.Write(ConsumerVersions.ToTell(verdict.Config!, Version)));
    }

    // Where a name was drawn, the real server's is ours.
    private static string FreshName(string answer)
    {
        using JsonDocument json = JsonDocument.Parse(answer);
        string name = json.RootElement.TryGetProperty("name", out JsonElement given) ? given.GetString()! : "";
        return name[(name.LastIndexOf('-') + 1)..];
    }

    private static string Json(ApiError error) => Encoding.UTF8.GetString(ApiJson.Write(error, static (json, error) => error.WriteTo(json)));
}
