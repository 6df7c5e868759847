using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using DotNats.JetStream.Consumers.State;
using JetStream.Tests.Recording;
using Server.Tests.Harness;
using Xunit;

namespace JetStream.Tests.Consumers.State;

/// <summary>Has everything happen to a real nats-server's consumers and writes down what it says of them. Not a test: it only runs when told to.</summary>
/// <remarks><c>DOTNATS_RECORD=path/of/nats-server</c>, this class as the only one, <c>-explicit only</c>.</remarks>
public sealed class ConsumerHistoryRecorder
{
    [Fact(Explicit = true)]
    public void Record_what_the_real_server_says()
    {
        Assert.SkipWhen(RealServer.Path is null, "DOTNATS_RECORD names no nats-server.");
        string path = Path.Combine(Path.GetDirectoryName(Here())!, "ConsumerHistories.cases");
        string[] lines = File.ReadAllLines(path);
        var recorded = new List<string>(lines.TakeWhile(line => line.Length == 0 || line[0] == '#'));
        using var real = new RealServer("jetstream { store_dir: STORE_DIR }\n");
        foreach (ConsumerHistory history in ConsumerHistory.ParseAll(lines)) recorded.AddRange(Record(real, history).Format());
        File.WriteAllLines(path, recorded);
    }

    private static ConsumerHistory Record(RealServer real, ConsumerHistory history)
    {
        real.Request("$JS.API.STREAM.DELETE.S", "");
        real.Request("$JS.API.STREAM.CREATE.S", """{"name":"S","subjects":["s.>"],"retention":"limits","storage":"file","num_replicas":1,"discard":"old"}""");
        for (int message = 1; message <= ConsumerHistory.Messages; message++) real.Request(ConsumerHistory.SubjectOf(message), "");
        string config = string.Concat("{\"durable_name\":\"C\",\"ack_wait\":3600000000000,", history.Config.AsSpan(1));
        config = config.Contains("deliver_policy", StringComparison.Ordinal) ? config : string.Concat("{\"deliver_policy\":\"all\",", config.AsSpan(1));
        if (history.Config.Contains("none", StringComparison.Ordinal)) config = config.Replace("\"ack_wait\":3600000000000,", "", StringComparison.Ordinal);
        real.Request("$JS.API.CONSUMER.DURABLE.CREATE.S.C", $$"""{"stream_name":"S","config":{{config}}}""");
        var steps = history.Steps.Select(step => step with { Said = Do(real, step) }).ToList();
        return history with { Steps = steps, StateFile = ReadState(real, steps[^1].Said) };
    }

    private static string Do(RealServer real, HistoryStep step)
    {
        switch (step.What)
        {
            case "next":
                real.Next("S", "C");
                break;
            case "ack" or "term" or "nak":
                string body = step.What switch { "ack" => "+ACK", "term" => "+TERM", _ => "-NAK" };
                // Nobody answers what it ignores: then the next request shows that it has been there.
                real.Publish($"$JS.ACK.S.C.1.{step.Number(1)}.{step.Number(2)}.0.0", body);
                break;
            case "remove":
                real.Request("$JS.API.STREAM.MSG.DELETE.S", $$"""{"seq":{{step.Number(1)}}}""");
                break;
            case "purge":
                real.Request("$JS.API.STREAM.PURGE.S", $$"""{"seq":{{step.Number(1)}}}""");
                break;
            case "reset":
                real.Request("$JS.API.CONSUMER.RESET.S.C", $$"""{"seq":{{step.Number(1)}}}""");
                break;
        }

        return Settle(() => Say(real));
    }

    private static string Say(RealServer real)
    {
        using JsonDocument answer = JsonDocument.Parse(real.Request("$JS.API.CONSUMER.INFO.S.C", ""));
        JsonElement info = answer.RootElement;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Pair(info.GetProperty("delivered"))} {Pair(info.GetProperty("ack_floor"))} {info.GetProperty("num_ack_pending")} {info.GetProperty("num_redelivered")}");
    }

    private static string Pair(JsonElement pair) => $"{pair.GetProperty("consumer_seq")} {pair.GetProperty("stream_seq")}";

    // It writes a tenth of a second later.
    private static byte[] ReadState(RealServer real, string said)
    {
        string path = Path.Combine(real.StoreDirectory, "$G", "streams", "S", "obs", "C", "o.dat");
        return Convert.FromHexString(Settle(() => Convert.ToHexString(File.ReadAllBytes(path))));
    }

    // What comes after acknowledgements and removals comes a little later.
    private static string Settle(Func<string> read) => Eventually.Settles(read);

    private static string Here([CallerFilePath] string path = "") => path;
}
