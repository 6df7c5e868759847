using DotNats.JetStream;
using Shouldly;
using Xunit;

namespace JetStream.Tests.Configuration;

public sealed class StreamVersionsTests
{
    [Fact]
    public void The_required_level_is_that_of_the_newest_feature()
    {
        LevelOf(new StreamConfig()).ShouldBe("0");
        LevelOf(new StreamConfig { AllowMessageTtl = true }).ShouldBe("1");
        LevelOf(new StreamConfig { SubjectDeleteMarkerTtlNanoseconds = 1 }).ShouldBe("1");
        LevelOf(new StreamConfig { AllowMessageTtl = true, AllowAtomicPublish = true }).ShouldBe("2");
        LevelOf(new StreamConfig { PersistMode = PersistMode.Async }).ShouldBe("2");
        LevelOf(new StreamConfig { AllowMessageCounter = true, AllowBatchPublish = true }).ShouldBe("4");
    }

    [Fact]
    public void What_is_only_told_is_not_stored()
    {
        StreamConfig told = StreamVersions.ToTell(StreamVersions.WithRequiredLevel(new StreamConfig()), "2.15.1");
        told.Metadata.ShouldBe(new Dictionary<string, string> { ["_nats.req.level"] = "0", ["_nats.ver"] = "2.15.1", ["_nats.level"] = "5" }, ignoreOrder: true);
        StreamVersions.WithRequiredLevel(told).Metadata.Keys.ShouldBe(["_nats.req.level"]);
    }

    [Theory]
    [InlineData(null, null, null)]
    [InlineData("", null, null)]
    [InlineData("5", null, null)]
    [InlineData("-1", null, null)]
    [InlineData("6", null, "unsupported - required API level: 6, current API level: 5")]
    [InlineData("x", null, "unsupported - required API level: x, current API level: 5")]
    [InlineData("6", "json: unknown field \"new\"", "unsupported - config error: unknown field \"new\"")]
    [InlineData("5", "json: unknown field \"new\"", "decoding error: json: unknown field \"new\"")]
    [InlineData(null, "can not unmarshal \"x\"", "decoding error: can not unmarshal \"x\"")]
    public void Assets_of_newer_servers_are_left_alone(string? level, string? decodingError, string? expected)
    {
        var metadata = new Dictionary<string, string>();
        if (level is not null) metadata["_nats.req.level"] = level;
        StreamVersions.OfflineReason(metadata, decodingError).ShouldBe(expected);
    }

    [Theory]
    [InlineData("""{"Created":"2026-01-01T00:00:00Z","name":"A","metadata":{"_nats.req.level":"5"}}""", null, null)]
    [InlineData("""{"name":"A","metadata":{"_nats.req.level":"6"}} x""", "unsupported - required API level: 6, current API level: 5", null)]
    [InlineData("""{"name":"A","later":1,"metadata":{"_nats.req.level":"6"}}""", "unsupported - config error: unknown field \"later\"", null)]
    [InlineData("""{"name":"A","later":1}""", "decoding error: json: unknown field \"later\"", null)]
    [InlineData("""{"name":"A","retention":"later","later":1}""", "decoding error: can not unmarshal \"\\\"later\\\"\"", "can not unmarshal \"\\\"later\\\"\"")]
    [InlineData("", "decoding error: EOF", "unexpected end of JSON input")]
    [InlineData("{", "decoding error: unexpected EOF", "unexpected end of JSON input")]
    public void What_was_stored_by_a_newer_server_is_read_as_far_as_possible(string json, string? offlineReason, string? error)
    {
        StreamMeta meta = StreamConfigJson.ReadStored(System.Text.Encoding.UTF8.GetBytes(json), out string? reason, out string? unreadable);
        (reason, unreadable).ShouldBe((offlineReason, error));
        if (json.StartsWith("{\"", StringComparison.Ordinal)) meta.Config.Name.ShouldBe(json.Contains("\"A\"", StringComparison.Ordinal) ? "A" : "");
    }

    private static string LevelOf(StreamConfig config) => StreamVersions.WithRequiredLevel(config).Metadata["_nats.req.level"];
}
