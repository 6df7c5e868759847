using System.Text;
using DotNats.JetStream;
using Shouldly;
using Xunit;

namespace JetStream.Tests.Configuration;

/// <summary>Our rules against what nats-server 2.15.1 answered to the same requests: the same error, or the same configuration to the letter.</summary>
public sealed class RecordedConfigTests
{
    private const string Version = "2.15.1";

    [Fact]
    public void Every_recorded_request_has_the_same_outcome()
    {
        var cases = ConfigCase.ReadAll("StreamConfig.cases").ToList();
        cases.Count.ShouldBeGreaterThan(1000);
        var differences = cases.SelectMany(Compare).ToList();
        differences.Count.ShouldBe(0, string.Join("\n\n", differences.Take(20)));
    }

    private static IEnumerable<string> Compare(ConfigCase recorded)
    {
        var streams = new Dictionary<string, StreamConfig>(StringComparer.Ordinal);
        foreach (ConfigStep step in recorded.Steps)
        {
            string answer = Answer(step, recorded.Server, streams);
            if (answer != step.Answer) yield return $"{recorded.Server}: {step.Do} {step.Body}\n  real {step.Answer}\n  ours {answer}";
        }
    }

    private static string Answer(ConfigStep step, string server, Dictionary<string, StreamConfig> streams)
    {
        StreamConfigRequest request = StreamConfigReader.Request.ReadStream(Encoding.UTF8.GetBytes(step.Body), new StreamConfigRequest(), out string? syntax);
        if (syntax is not null) return Json(ApiErrors.InvalidJSON.With(("{err}", syntax)));
        string[] words = step.Do.Split(' ', 2);
        StreamSurroundings around = ConfigServers.SurroundingsOf(server, streams);
        ConfigVerdict verdict = words[0] == "CREATE"
            ? StreamCreateRules.Judge(request, words[1], around)
            : StreamUpdateRules.Judge(request, words[1], around);
        if (verdict.Error is { } error) return Json(error);
        streams[words[1]] = verdict.Config!;
        return Encoding.UTF8.GetString(StreamConfigJson.Write(StreamVersions.ToTell(verdict.Config!, Version)));
    }

    private static string Json(ApiError error) => Encoding.UTF8.GetString(ApiJson.Write(error, static (json, error) => error.WriteTo(json)));
}
